import NIOCore

/// The four bytes that a client lays over its payload, and how far they were laid.
struct PayloadMask: Equatable {
    /// In the order of the wire, the first byte lowest.
    private let key: UInt32
    /// Where in the key the next byte stands.
    private var offset = 0

    init(key: UInt32) {
        self.key = key
    }

    /// Moves `count` bytes from `source` to the end of `target`, unmasked.
    mutating func move(_ count: Int, from source: inout ByteBuffer, to target: inout ByteBuffer) {
        let turn = UInt32(offset * 8)
        let turned = key &>> turn | key &<< (32 &- turn)
        target.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { output in
            source.withUnsafeReadableBytes { input in
                Self.unmask(count, from: input, to: output, with: turned)
            }
            return count
        }
        source.moveReaderIndex(forwardBy: count)
        offset = (offset + count) & 3
    }

    private static func unmask(
        _ count: Int, from input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer, with key: UInt32
    ) {
        let wide = UInt64(key) | UInt64(key) << 32
        var index = 0
        while index + 8 <= count {
            let word = UInt64(littleEndian: input.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ wide
            output.storeBytes(of: word.littleEndian, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < count {
            output[index] = input[index] ^ UInt8(truncatingIfNeeded: key &>> UInt32((index & 3) * 8))
            index += 1
        }
    }
}
