import NIOCore

/// A body of zeros of any length, made as it is read.
struct TestBytes: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    let count: Int

    func makeAsyncIterator() -> Iterator { Iterator(rest: count) }

    struct Iterator: AsyncIteratorProtocol {
        var rest: Int

        mutating func next() async throws -> ByteBuffer? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            guard rest > 0 else { return nil }
            let count = Swift.min(rest, 64 << 10)
            rest -= count
            return ByteBuffer(repeating: 0, count: count)
        }
    }
}
