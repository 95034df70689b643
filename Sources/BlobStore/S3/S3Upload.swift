import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import Storage

/// One body on its way into a bucket: by one call when it fits into a part, otherwise as a multipart upload.
struct S3Upload: Sendable {
    let client: S3Client
    let key: ObjectKey
    let contentType: String
    let onlyIfAbsent: Bool
    /// The sum of the content, where it could be computed beforehand.
    let knownSHA256: String?
    /// Marks the object, so that a put whose answer was lost recognises its own work.
    private let mark: String = UUID().uuidString.lowercased()

    init(client: S3Client, key: ObjectKey, contentType: String, onlyIfAbsent: Bool, knownSHA256: String?) {
        self.client = client
        self.key = key
        self.contentType = contentType
        self.onlyIfAbsent = onlyIfAbsent
        self.knownSHA256 = knownSHA256
    }

    private var action: String { "store the object '\(key.text)'" }

    /// What was read of the body.
    private struct Progress {
        var part: ByteBuffer = .init()
        var size: Int64 = 0
        var hash: SHA256 = .init()
        var upload: String?
        var tags: [String] = []
    }

    /// Reads `body` and stores it.
    func run(_ body: ByteStream, limit: Int64) async throws -> ObjectInfo {
        // Saves sending a body that would be refused, and keeps the promise where a server ignores `If-None-Match`.
        if onlyIfAbsent, try await S3Reading.description(of: key, from: client) != nil {
            throw StorageError.objectExists(key)
        }
        var progress = Progress()
        do {
            for try await buffer in body {
                progress.size += Int64(buffer.readableBytes)
                guard progress.size <= limit else { throw StorageError.objectTooLarge(key, limit: limit) }
                progress.hash.update(buffer)
                try await gather(buffer, into: &progress)
            }
            // A cancelled body may just end, so what arrived is not known to be whole.
            guard !Task.isCancelled else { throw StorageError.putCanceled(key) }
            return try await finish(&progress)
        } catch {
            if let upload = progress.upload { await abort(upload) }
            throw told(error)
        }
    }

    private func gather(_ buffer: ByteBuffer, into progress: inout Progress) async throws {
        var rest = buffer
        while rest.readableBytes > 0 {
            if progress.part.readableBytes == S3ObjectStore.partLength { try await sendPart(&progress) }
            let room = S3ObjectStore.partLength - progress.part.readableBytes
            if var slice = rest.readSlice(length: min(room, rest.readableBytes)) { progress.part.writeBuffer(&slice) }
        }
    }

    private func sendPart(_ progress: inout Progress) async throws {
        let upload: String
        if let begun = progress.upload {
            upload = begun
        } else {
            upload = try await begin()
            progress.upload = upload
        }
        guard progress.tags.count < S3ObjectStore.maximumParts else {
            let longest = Int64(S3ObjectStore.partLength) * Int64(S3ObjectStore.maximumParts)
            throw StorageError.objectTooLarge(key, limit: longest)
        }
        let answer = try await client.send(
            S3Call(
                method: .PUT, key: key,
                query: [("partNumber", String(progress.tags.count + 1)), ("uploadId", upload)], body: progress.part),
            action)
        guard let tag = answer.headers.first(name: "ETag") else {
            throw StorageError(.corrupt, "\(client.location.name) took a part of '\(key.text)' without naming it.")
        }
        progress.tags.append(tag)
        progress.part.clear()
    }

    private func begin() async throws -> String {
        let call = S3Call(
            method: .POST, key: key, query: [("uploads", "")], headers: description(sha256: knownSHA256),
            isIdempotent: false)
        let answer = try await client.send(call, action)
        guard let upload = S3Document(answer.body.readableBytesView)?.text(of: "UploadId"), !upload.isEmpty else {
            throw StorageError(.corrupt, "\(client.location.name) began no multipart upload. Is it an S3 server?")
        }
        return upload
    }

    private func finish(_ progress: inout Progress) async throws -> ObjectInfo {
        let sha256 = SignatureV4.hexadecimal(progress.hash.finalize())
        guard knownSHA256 == nil || knownSHA256 == sha256 else {
            throw StorageError(.invalid, "The file for the object '\(key.text)' changed while it was being stored.")
        }
        if progress.upload != nil { try await sendPart(&progress) }
        let call = lastCall(progress, sha256: sha256)
        do {
            let answer = try await client.send(call, action)
            let listed = S3Document(answer.body.readableBytesView)?.text(of: "ETag").map(S3Answer.unquoted)
            guard let tag = listed ?? answer.entityTag else {
                throw StorageError(.corrupt, "\(client.location.name) stored '\(key.text)' without naming its version.")
            }
            progress.upload = nil
            return ObjectInfo(
                key: key.text, size: progress.size, sha256: sha256, contentType: contentType, entityTag: tag)
        } catch {
            // The answer to an earlier attempt may have been lost: then the object is there, and it is ours.
            guard !Task.isCancelled, let stored = try? await S3Reading.description(of: key, from: client),
                stored.put == mark
            else { throw error }
            progress.upload = nil
            return ObjectInfo(
                key: key.text, size: progress.size, sha256: sha256, contentType: contentType,
                entityTag: stored.info.entityTag)
        }
    }

    /// The call that makes the object appear.
    private func lastCall(_ progress: Progress, sha256: String) -> S3Call {
        var call: S3Call
        if let upload = progress.upload {
            let parts = progress.tags.enumerated().map { index, tag in
                "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(tag)</ETag></Part>"
            }
            let list = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            call = S3Call(
                method: .POST, key: key, query: [("uploadId", upload)], headers: [("content-type", "application/xml")],
                body: ByteBuffer(string: list + parts.joined() + "</CompleteMultipartUpload>"))
        } else {
            call = S3Call(method: .PUT, key: key, headers: description(sha256: sha256), body: progress.part)
        }
        if onlyIfAbsent { call.headers.append(("if-none-match", "*")) }
        return call
    }

    private func description(sha256: String?) -> [(name: String, value: String)] {
        var headers = [(name: "content-type", value: contentType), (S3Reading.putHeader, mark)]
        if let sha256 { headers.append((S3Reading.sumHeader, sha256)) }
        return headers
    }

    /// Removes the parts of an upload that will not be finished.
    private func abort(_ upload: String) async {
        let call = S3Call(method: .DELETE, key: key, query: [("uploadId", upload)])
        // A task of its own, awaited here, because the parts must also go when this task is cancelled.
        await Task { _ = try? await client.send(call, "abort an upload") }.value
    }

    private func told(_ error: any Error) -> any Error {
        switch error {
        case is CancellationError: StorageError.putCanceled(key)
        case let failure as S3Failure where failure.status == 412: StorageError.objectExists(key)
        case let failure as S3Failure: failure.storageError(action, client.location)
        default: error
        }
    }
}
