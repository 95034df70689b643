import NIOCore

/// The bytes before a frame's payload, as a client must send them (RFC 6455, section 5.2).
struct FrameHead: Equatable {
    enum Opcode: UInt8 {
        case continuation = 0x0
        case text = 0x1
        case binary = 0x2
        case close = 0x8
        case ping = 0x9
        case pong = 0xA

        var isControl: Bool { rawValue >= 0x8 }
    }

    /// The most that the payload of a control frame may have.
    static let controlLimit = 125

    let opcode: Opcode
    /// Whether it is the last frame of its message.
    let isFinal: Bool
    let length: Int
    let mask: PayloadMask

    /// Takes a head from the bytes; nil, and nothing taken, while it is not complete.
    ///
    /// What the first two bytes forbid is refused before the rest has come.
    static func read(from bytes: inout ByteBuffer) throws(WebSocketFault) -> Self? {
        let start = bytes.readerIndex
        guard let first = bytes.getInteger(at: start, as: UInt8.self),
            let second = bytes.getInteger(at: start + 1, as: UInt8.self)
        else { return nil }
        guard first & 0x70 == 0 else { throw .protocolError("no extension was agreed on, but a reserved bit is set") }
        guard let opcode = Opcode(rawValue: first & 0x0F) else { throw .protocolError("unknown opcode") }
        guard second & 0x80 != 0 else { throw .protocolError("a client must mask its frames") }
        let isFinal = first & 0x80 != 0
        let short = Int(second & 0x7F)
        if opcode.isControl {
            guard isFinal else { throw .protocolError("a control frame may not be fragmented") }
            guard short <= controlLimit else { throw .protocolError("a control frame may have 125 bytes") }
        }
        let extra = short == 127 ? 8 : short == 126 ? 2 : 0
        guard bytes.readableBytes >= 2 + extra + 4 else { return nil }
        let length = try length(short, in: bytes, at: start + 2)
        guard let key = bytes.getInteger(at: start + 2 + extra, endianness: .little, as: UInt32.self) else {
            return nil
        }
        bytes.moveReaderIndex(forwardBy: 2 + extra + 4)
        return Self(opcode: opcode, isFinal: isFinal, length: length, mask: PayloadMask(key: key))
    }

    private static func length(_ short: Int, in bytes: ByteBuffer, at index: Int) throws(WebSocketFault) -> Int {
        switch short {
        case 126:
            let length = Int(bytes.getInteger(at: index, as: UInt16.self) ?? 0)
            guard length > 125 else { throw .protocolError("a length must be written in as few bytes as possible") }
            return length
        case 127:
            let length = bytes.getInteger(at: index, as: UInt64.self) ?? 0
            guard length <= UInt64(Int.max) else { throw .protocolError("the length is beyond all bounds") }
            guard length > 65_535 else { throw .protocolError("a length must be written in as few bytes as possible") }
            return Int(length)
        default:
            return short
        }
    }
}
