package import NIOCore

/// A message encoded once, to be sent to many connections without being copied.
package struct WebSocketFrames: Sendable {
    /// Whole frames, as they go over the wire.
    let bytes: ByteBuffer

    /// One text message.
    package init(text: String) {
        bytes = Self.frame(.text, text.utf8.count) { $0.writeString(text) }
    }

    /// One binary message.
    package init(binary: ByteBuffer) {
        bytes = Self.frame(.binary, binary.readableBytes) { $0.writeImmutableBuffer(binary) }
    }

    /// How many bytes go over the wire.
    package var byteCount: Int { bytes.readableBytes }

    static func ping() -> ByteBuffer { frame(.ping, 0) { _ in 0 } }

    static func pong(_ payload: ByteBuffer) -> ByteBuffer {
        frame(.pong, payload.readableBytes) { $0.writeImmutableBuffer(payload) }
    }

    /// A close frame; a reason that is too long is cut, and a code that may not be sent is left out.
    static func close(_ code: WebSocketCloseCode, reason: String) -> ByteBuffer {
        guard code.maySend else { return frame(.close, 0) { _ in 0 } }
        var reason = reason
        while reason.utf8.count > FrameHead.controlLimit - 2 { reason.removeLast() }
        return frame(.close, 2 + reason.utf8.count) {
            $0.writeInteger(code.rawValue) + $0.writeString(reason)
        }
    }

    private static func frame(
        _ opcode: FrameHead.Opcode, _ length: Int, _ writePayload: (inout ByteBuffer) -> Int
    ) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(10 + length)
        bytes.writeInteger(0x80 | opcode.rawValue)
        switch length {
        case ...125: bytes.writeInteger(UInt8(length))
        case ...65_535: bytes.writeMultipleIntegers(UInt8(126), UInt16(length))
        default: bytes.writeMultipleIntegers(UInt8(127), UInt64(length))
        }
        _ = writePayload(&bytes)
        return bytes
    }
}
