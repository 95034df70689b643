import Endpoints
import NIOCore
import Storage

/// Answers with a stored object: the whole of it, a range, or that the reader's copy is still good.
struct ObjectAnswer {
    let objects: any ObjectStore
    let key: String
    let contentType: String
    /// More headers for an answer with content.
    var headers: [String: String] = [:]

    /// - Throws: `StorageError` with `notFound` when the object is gone.
    func respond(to request: EndpointRequest) async throws -> EndpointResponse {
        guard let info = try await objects.info(key) else {
            throw Problem(.notFound, "The stored file is gone; it may have expired.")
        }
        let tag = "\"\(info.entityTag.filter { $0 != "\"" && $0.isASCII && !$0.isNewline })\""
        var headers = headers
        headers["ETag"] = tag
        headers["Accept-Ranges"] = "bytes"
        headers["Cache-Control"] = "private, no-cache"
        if let known = request.headers["if-none-match"], Self.matches(known, tag) {
            return EndpointResponse(status: 304, headers: headers)
        }
        switch requestedRange(request, tag: tag, size: info.size) {
        case .whole:
            return EndpointResponse(
                status: 200, headers: headers,
                body: .stream(StoredBytes(objects: objects, key: key), length: info.size, contentType: contentType))
        case .part(let range):
            headers["Content-Range"] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(info.size)"
            return EndpointResponse(
                status: 206, headers: headers,
                body: .stream(
                    StoredBytes(objects: objects, key: key, range: range), length: Int64(range.count),
                    contentType: contentType))
        case .unsatisfiable:
            throw RangeRefusal(size: info.size)
        }
    }

    private func requestedRange(_ request: EndpointRequest, tag: String, size: Int64) -> ByteRange {
        // A range of another version than the reader's must not be glued to it. Dates and weak tags never match.
        if let condition = request.headers["if-range"], condition != tag { return .whole }
        return ByteRange(request.headers["range"], size: size)
    }

    private static func matches(_ header: String, _ tag: String) -> Bool {
        header == "*"
            || header.split(separator: ",").contains { candidate in
                let trimmed = candidate.drop { $0 == " " }
                return (trimmed.hasPrefix("W/") ? trimmed.dropFirst(2) : trimmed).trimmingSpaces == tag
            }
    }
}

/// The content of a stored object, opened when the first byte is asked for: never for `HEAD`.
private struct StoredBytes: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    let objects: any ObjectStore
    let key: String
    var range: Range<Int64>?

    func makeAsyncIterator() -> Iterator { Iterator(source: self) }

    struct Iterator: AsyncIteratorProtocol {
        let source: StoredBytes
        private var opened: (any AsyncIteratorProtocol<ByteBuffer, any Error>)?

        fileprivate init(source: StoredBytes) {
            self.source = source
        }

        mutating func next() async throws -> ByteBuffer? {
            if opened == nil {
                opened = try await source.objects.get(source.key, range: source.range).body.makeAsyncIterator()
            }
            return try await opened?.next(isolation: #isolation)
        }
    }
}

/// A range outside of the content; the answer says how long that is.
struct RangeRefusal: Error {
    let size: Int64
    var problem: Problem {
        Problem(.rangeNotSatisfiable, "The content has \(size) bytes; the range starts after them.")
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String { String(filter { $0 != " " }) }
}
