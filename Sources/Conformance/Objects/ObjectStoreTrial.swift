import Foundation
import NIOCore
import Storage

/// A store under test, the keys that belong to this test, and what the promises are written with.
struct ObjectStoreTrial: Sendable {
    let store: any ObjectStore
    let prefix: String

    /// A key of this test.
    func key(_ name: String) -> String { prefix + name }

    /// Stores bytes.
    @discardableResult
    func put(
        _ name: String, _ bytes: [UInt8], contentType: String = "text/plain", limit: Int64 = .max,
        onlyIfAbsent: Bool = false
    ) async throws -> ObjectInfo {
        try await store.put(
            key(name), TestBody(bytes: bytes), contentType: contentType, limit: limit, onlyIfAbsent: onlyIfAbsent)
    }

    /// Stores text.
    @discardableResult
    func put(_ name: String, _ text: String, onlyIfAbsent: Bool = false) async throws -> ObjectInfo {
        try await put(name, Array(text.utf8), onlyIfAbsent: onlyIfAbsent)
    }

    /// Reads an object, or some of it.
    func read(_ name: String, range: Range<Int64>? = nil) async throws -> [UInt8] {
        let content = try await store.get(key(name), range: range)
        var bytes: [UInt8] = []
        for try await buffer in content.body { bytes.append(contentsOf: buffer.readableBytesView) }
        try expect(
            Int64(bytes.count) == content.range.upperBound - content.range.lowerBound,
            "the body has \(bytes.count) bytes, but its range is \(content.range)")
        return bytes
    }

    /// The names that a listing gives, without the test's own prefix.
    func names(prefix start: String = "", after: String? = nil, limit: Int = 1000) async throws -> [String] {
        try await store.list(prefix: key(start), after: after.map(key), limit: limit)
            .map { String($0.key.dropFirst(prefix.count)) }
    }

    /// Fails unless `condition` holds.
    func expect(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws {
        guard condition else { throw BrokenPromise(description: otherwise()) }
    }

    /// Fails unless `action` throws a `StorageError` of that code.
    func expect(_ code: StorageError.Code, from action: () async throws -> Void) async throws {
        do {
            try await action()
        } catch let error as StorageError where error.code == code {
            try expect(!error.message.isEmpty, "the error has no message")
            return
        } catch {
            throw BrokenPromise(description: "expected a StorageError with the code '\(code)', got \(error)")
        }
        throw BrokenPromise(description: "expected a StorageError with the code '\(code)', got none")
    }

    /// Bytes that compress badly and differ everywhere.
    static func bytes(_ count: Int) -> [UInt8] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            withUnsafeBytes(of: state) { bytes.append(contentsOf: $0) }
        }
        return Array(bytes.prefix(count))
    }
}

/// A body for tests: in pieces, and broken on request.
struct TestBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    let bytes: [UInt8]
    var pieceLength: Int = 50_000
    /// Throws ``Broken`` after all bytes.
    var breaks: Bool = false
    /// Called before each piece, with the bytes given so far.
    var onPiece: @Sendable (Int) async throws -> Void = { _ in }

    /// What a broken body throws.
    struct Broken: Error, Equatable {}

    func makeAsyncIterator() -> Iterator { Iterator(body: self) }

    struct Iterator: AsyncIteratorProtocol {
        let body: TestBody
        var offset: Int = 0

        mutating func next() async throws -> ByteBuffer? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            guard offset < body.bytes.count else {
                if body.breaks { throw Broken() }
                return nil
            }
            try await body.onPiece(offset)
            let end = Swift.min(offset + body.pieceLength, body.bytes.count)
            defer { offset = end }
            return ByteBuffer(bytes: body.bytes[offset..<end])
        }
    }
}
