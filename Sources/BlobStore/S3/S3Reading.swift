import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Storage

/// Reads what S3 says of objects.
enum S3Reading {
    /// Our metadata: the sum of the content, and which put it came from.
    static let sumHeader: String = "x-amz-meta-sha256"
    static let putHeader: String = "x-amz-meta-put"

    /// What is known of an object, and the put that stored it; nil when there is none.
    static func description(
        of key: ObjectKey, from client: S3Client
    ) async throws -> (info: ObjectInfo, put: String?)? {
        let action = "look at the object '\(key.text)'"
        do {
            let answer = try await client.send(S3Call(method: .HEAD, key: key), action)
            let size = answer.headers.first(name: "Content-Length").flatMap(Int64.init)
            guard let size else { throw unreadable(key, client.location.name) }
            return (info(key, size: size, headers: answer.headers), answer.headers.first(name: putHeader))
        } catch let failure as S3Failure {
            if failure.status == 404 { return nil }
            throw failure.storageError(action, client.location)
        }
    }

    /// The open object of an answer to a `GET`.
    static func content(
        of response: HTTPClientResponse, key: ObjectKey, asked: Range<Int64>?, place: String
    ) throws -> ObjectContent {
        let length = response.headers.first(name: "Content-Length").flatMap(Int64.init)
        let range: Range<Int64>
        let size: Int64
        if asked != nil {
            guard response.status == .partialContent,
                let part = response.headers.first(name: "Content-Range").flatMap(contentRange)
            else { throw unreadable(key, place) }
            (range, size) = part
        } else {
            guard let length else { throw unreadable(key, place) }
            (range, size) = (0..<length, length)
        }
        return ObjectContent(
            info: info(key, size: size, headers: response.headers), range: range,
            body: S3Body(body: response.body, length: range.upperBound - range.lowerBound, key: key, place: place))
    }

    /// An entry of a listing; nil when its key is none of ours.
    static func listed(_ entry: S3Document) -> ObjectInfo? {
        guard let key = entry.text(of: "Key"), (try? ObjectKey(key)) != nil,
            let size = entry.text(of: "Size").flatMap({ Int64($0) }), let tag = entry.text(of: "ETag")
        else { return nil }
        return ObjectInfo(
            key: key, size: size, sha256: nil, contentType: nil, entityTag: S3Answer.unquoted(tag))
    }

    private static func info(_ key: ObjectKey, size: Int64, headers: HTTPHeaders) -> ObjectInfo {
        ObjectInfo(
            key: key.text, size: size, sha256: headers.first(name: sumHeader),
            contentType: headers.first(name: "Content-Type"),
            entityTag: S3Answer.unquoted(headers.first(name: "ETag") ?? ""))
    }

    /// Reads `bytes 0-9/100`.
    private static func contentRange(_ text: String) -> (Range<Int64>, Int64)? {
        guard let match = text.wholeMatch(of: #/bytes (\d{1,18})-(\d{1,18})/(\d{1,18})/#), let first = Int64(match.1),
            let last = Int64(match.2), let size = Int64(match.3), first <= last, last < size
        else { return nil }
        return (first..<last + 1, size)
    }

    private static func unreadable(_ key: ObjectKey, _ place: String) -> StorageError {
        StorageError(
            .corrupt,
            "The answer of \(place) for the object '\(key.text)' lacks its length or range. Is it an S3 server?")
    }
}

/// The content of an object as it arrives. Dropping it closes the connection.
struct S3Body: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    let body: HTTPClientResponse.Body
    let length: Int64
    let key: ObjectKey
    let place: String

    func makeAsyncIterator() -> Iterator { Iterator(iterator: body.makeAsyncIterator(), body: self) }

    struct Iterator: AsyncIteratorProtocol {
        var iterator: HTTPClientResponse.Body.AsyncIterator
        let body: S3Body
        var count: Int64 = 0

        @concurrent mutating func next() async throws -> ByteBuffer? {
            let buffer: ByteBuffer?
            do {
                buffer = try await iterator.next()
            } catch {
                guard !Task.isCancelled, !(error is CancellationError) else { throw CancellationError() }
                throw StorageError(
                    .unavailable,
                    "Reading the object '\(body.key.text)' from \(body.place) broke off after \(count) of \(body.length) "
                        + "bytes. Try again.", underlying: error)
            }
            count += Int64(buffer?.readableBytes ?? 0)
            guard buffer != nil || count == body.length else {
                throw StorageError(
                    .corrupt,
                    "The object '\(body.key.text)' from \(body.place) has \(count) bytes instead of \(body.length).")
            }
            return buffer
        }
    }
}
