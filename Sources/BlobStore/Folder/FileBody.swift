import Foundation
import NIOCore
import Storage

/// The bytes of an open file, read piece by piece as the reader asks for them. The file closes with the last reader.
final class FileBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    private let file: Descriptor
    private let range: Range<Int64>
    private let queue: FileQueue
    private let folder: String

    /// How much is read at once.
    static let pieceLength: Int64 = 256 << 10

    /// Takes over an open file.
    init(_ file: consuming Descriptor, range: Range<Int64>, queue: FileQueue, folder: String) {
        self.file = file
        self.range = range
        self.queue = queue
        self.folder = folder
    }

    func makeAsyncIterator() -> Iterator { Iterator(body: self, offset: range.lowerBound) }

    struct Iterator: AsyncIteratorProtocol {
        let body: FileBody
        var offset: Int64

        mutating func next() async throws -> ByteBuffer? {
            try await next(isolation: nil)
        }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            guard offset < body.range.upperBound else { return nil }
            try Task.checkCancellation()
            let start = offset
            let piece = try await body.queue.run { [body] in try body.read(at: start) }
            offset += Int64(piece.readableBytes)
            return piece
        }
    }

    private func read(at offset: Int64) throws -> ByteBuffer {
        let wanted = Int(Swift.min(Self.pieceLength, range.upperBound - offset))
        var buffer = ByteBufferAllocator().buffer(capacity: wanted)
        while true {
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { bytes in
                Swift.max(0, pread(file.number, bytes.baseAddress, wanted, off_t(offset)))
            }
            if count > 0 { return buffer }
            if errno != EINTR {
                throw StorageError(.corrupt, "A file in the folder \(folder) ended early while it was read.")
            }
        }
    }
}
