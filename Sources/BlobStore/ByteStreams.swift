package import NIOCore
package import Storage

/// Bodies that are in memory already.
package enum ByteStreams {
    /// A body of the given pieces.
    package static func of(_ buffers: ByteBuffer...) -> ByteStream {
        Pieces(buffers: buffers)
    }

    private struct Pieces: AsyncSequence, Sendable {
        typealias Element = ByteBuffer
        typealias Failure = any Error
        let buffers: [ByteBuffer]

        func makeAsyncIterator() -> Iterator { Iterator(rest: buffers[...]) }

        struct Iterator: AsyncIteratorProtocol {
            var rest: ArraySlice<ByteBuffer>

            mutating func next() async throws -> ByteBuffer? { rest.popFirst() }
            mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? { rest.popFirst() }
        }
    }
}
