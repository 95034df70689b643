import Crypto
package import Foundation
import NIOCore
import NIOHTTP1
package import Storage

/// Objects in a bucket of an S3-compatible server.
///
/// A body of up to one part is stored by one call; a longer one by a multipart upload, of which one part is in memory at a
/// time. What cannot be finished is aborted, so nothing half is left to pay for.
package struct S3ObjectStore: ObjectStore {
    let client: S3Client

    /// The longest body that is sent by one call, and the length of the parts of longer ones.
    static let partLength: Int = 8 << 20
    /// S3's limit.
    static let maximumParts: Int = 10_000
    private static let longestReadURL: Int = 7 * 86_400
    private static let longestPage: Int = 1000

    /// A store for the bucket that the URL names. It connects when it is used.
    ///
    /// - Parameter environment: where key and secret are looked for when the URL has none.
    /// - Throws: `invalid`, without the URL's secret, when the URL is not of the form that `docs/objects.md` gives.
    package init(url: String, environment: [String: String]) throws(StorageError) {
        client = S3Client(location: try S3Location(url: url, environment: environment))
    }

    init(client: S3Client) {
        self.client = client
    }

    package func put(
        _ key: String, _ body: ByteStream, contentType: String, limit: Int64, onlyIfAbsent: Bool
    ) async throws -> ObjectInfo {
        let upload = S3Upload(
            client: client, key: try ObjectKey(key), contentType: contentType, onlyIfAbsent: onlyIfAbsent,
            knownSHA256: nil)
        return try await upload.run(body, limit: limit)
    }

    package func put(_ key: String, file: URL, contentType: String, onlyIfAbsent: Bool) async throws -> ObjectInfo {
        let key = try ObjectKey(key)
        let queue = FileQueue(label: "objects.file", width: 1)
        var hash = SHA256()
        for try await buffer in try await FileBody.open(file, queue: queue) {
            hash.update(buffer)
        }
        let upload = S3Upload(
            client: client, key: key, contentType: contentType, onlyIfAbsent: onlyIfAbsent,
            knownSHA256: SignatureV4.hexadecimal(hash.finalize()))
        return try await upload.run(try await FileBody.open(file, queue: queue), limit: .max)
    }

    package func get(_ key: String, range: Range<Int64>?) async throws -> ObjectContent {
        let key = try ObjectKey(key)
        var call = S3Call(method: .GET, key: key)
        if let range {
            guard range.lowerBound >= 0, !range.isEmpty else {
                throw StorageError.rangeOutside(range, of: key, size: nil)
            }
            let last = range.upperBound == .max ? "" : String(range.upperBound - 1)
            call.headers.append(("range", "bytes=\(range.lowerBound)-\(last)"))
        }
        do {
            let response = try await client.open(call, "read the object '\(key.text)'")
            return try S3Reading.content(of: response, key: key, asked: range, place: client.location.name)
        } catch let failure as S3Failure {
            switch (failure.status, failure.code) {
            case (404, "NoSuchBucket"): break
            case (404, _): throw StorageError.objectMissing(key)
            case (416, _): throw StorageError.rangeOutside(range ?? 0..<0, of: key, size: nil)
            default: break
            }
            throw failure.storageError("read the object '\(key.text)'", client.location)
        }
    }

    package func info(_ key: String) async throws -> ObjectInfo? {
        try await S3Reading.description(of: try ObjectKey(key), from: client)?.info
    }

    package func delete(_ key: String) async throws {
        let key = try ObjectKey(key)
        let action = "delete the object '\(key.text)'"
        do {
            _ = try await client.send(S3Call(method: .DELETE, key: key), action)
        } catch let failure as S3Failure {
            guard failure.status == 404, failure.code != "NoSuchBucket" else {
                throw failure.storageError(action, client.location)
            }
        }
    }

    package func list(prefix: String, after: String?, limit: Int) async throws -> [ObjectInfo] {
        try ObjectKey.checkPrefix(prefix)
        var found: [ObjectInfo] = []
        var token: String?
        while found.count < limit {
            var query = [
                (name: "list-type", value: "2"), ("max-keys", String(min(limit - found.count, Self.longestPage))),
                ("prefix", prefix),
            ]
            if let token { query.append(("continuation-token", token)) }
            if let after { query.append(("start-after", after)) }
            let page = try await page(query)
            found += page.objects
            guard let next = page.next else { break }
            token = next
        }
        return found
    }

    package func readURL(_ key: String, expiresIn: Duration) throws -> URL? {
        let seconds = Int(expiresIn.components.seconds)
        return client.presignedURL(try ObjectKey(key), expiresIn: min(max(seconds, 1), Self.longestReadURL))
    }

    package func check() async throws {
        try await checkByWriting()
    }

    /// Creates the bucket unless it exists, for tests and first steps.
    package func createBucketIfMissing() async throws {
        let action = "create the bucket"
        var call = S3Call(method: .PUT)
        if client.location.region != "us-east-1" {
            call.body = ByteBuffer(
                string: "<CreateBucketConfiguration><LocationConstraint>\(client.location.region)</LocationConstraint>"
                    + "</CreateBucketConfiguration>")
        }
        do {
            _ = try await client.send(call, action)
        } catch let failure as S3Failure where failure.code != "BucketAlreadyOwnedByYou" {
            throw failure.storageError(action, client.location)
        } catch is S3Failure {}
    }

    private func page(_ query: [(name: String, value: String)]) async throws -> (objects: [ObjectInfo], next: String?) {
        let action = "list objects"
        do {
            let answer = try await client.send(S3Call(method: .GET, query: query), action)
            guard let document = S3Document(answer.body.readableBytesView), document.name == "ListBucketResult" else {
                throw StorageError(
                    .corrupt, "The listing of \(client.location.name) cannot be read. Is it an S3 server?")
            }
            let isTruncated = document.text(of: "IsTruncated") == "true"
            // Keys that other programs stored under names that this one never uses are left out.
            let objects = document.children.filter { $0.name == "Contents" }.compactMap(S3Reading.listed)
            return (objects, isTruncated ? document.text(of: "NextContinuationToken") : nil)
        } catch let failure as S3Failure {
            throw failure.storageError(action, client.location)
        }
    }
}
