import Crypto
import NIOCore

extension SHA256 {
    /// The sum of a buffer, in lower-case hexadecimal.
    static func hexadecimal(of buffer: ByteBuffer) -> String {
        var hash = SHA256()
        hash.update(buffer)
        return SignatureV4.hexadecimal(hash.finalize())
    }

    /// Adds a buffer without copying it.
    mutating func update(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { update(bufferPointer: $0) }
    }
}
