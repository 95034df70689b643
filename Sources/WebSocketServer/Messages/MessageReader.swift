import NIOCore

/// Puts messages together from bytes in any cut, and refuses what breaks the protocol as early as it shows.
///
/// Text is checked as it comes, so a wrong byte at the start of a long message is refused before its end.
struct MessageReader {
    /// What a client sent.
    enum Arrival: Equatable {
        case message(WebSocketMessage)
        case ping(ByteBuffer)
        case pong
        /// Its code is `noCode` where the frame had none.
        case close(WebSocketCloseCode)
    }

    private struct Frame {
        let opcode: FrameHead.Opcode
        let isFinal: Bool
        var missing: Int
        var mask: PayloadMask
    }

    private struct Message {
        let isText: Bool
        var payload = ByteBuffer()
        var text = UTF8Check()
        var fragments = 0
    }

    private let byteLimit: Int
    private let fragmentLimit: Int
    /// The frame whose payload is coming.
    private var frame: Frame?
    /// The message whose frames are coming.
    private var message: Message?
    /// The payload of the control frame under way.
    private var control = ByteBuffer()

    init(byteLimit: Int, fragmentLimit: Int) {
        self.byteLimit = byteLimit
        self.fragmentLimit = fragmentLimit
    }

    /// Takes bytes until something has arrived; nil when all were taken that make sense without more.
    mutating func next(from bytes: inout ByteBuffer) throws(WebSocketFault) -> Arrival? {
        while true {
            if frame == nil {
                guard let head = try FrameHead.read(from: &bytes) else { return nil }
                try begin(head)
            }
            guard let ended = try takePayload(from: &bytes) else { return nil }
            if let arrival = try finish(ended) { return arrival }
        }
    }

    private mutating func begin(_ head: FrameHead) throws(WebSocketFault) {
        frame = Frame(opcode: head.opcode, isFinal: head.isFinal, missing: head.length, mask: head.mask)
        switch head.opcode {
        case .close, .ping, .pong:
            control = ByteBuffer()
            return
        case .continuation:
            guard message != nil else { throw .protocolError("there is no message to continue") }
        case .text, .binary:
            guard message == nil else { throw .protocolError("the message before is not complete") }
            message = Message(isText: head.opcode == .text)
        }
        message?.fragments += 1
        guard message?.fragments ?? 0 <= fragmentLimit else { throw .tooManyFragments(fragmentLimit) }
        guard head.length <= byteLimit - (message?.payload.readableBytes ?? 0) else { throw .tooBig(byteLimit) }
    }

    /// Takes what there is of the payload, and returns the frame once there is all of it.
    private mutating func takePayload(from bytes: inout ByteBuffer) throws(WebSocketFault) -> Frame? {
        guard var frame else { return nil }
        let count = min(frame.missing, bytes.readableBytes)
        if count > 0 {
            frame.missing -= count
            if frame.opcode.isControl {
                frame.mask.move(count, from: &bytes, to: &control)
            } else {
                try takeData(count, of: &frame, from: &bytes)
            }
        }
        self.frame = frame.missing == 0 ? nil : frame
        return frame.missing == 0 ? frame : nil
    }

    private mutating func takeData(
        _ count: Int, of frame: inout Frame, from bytes: inout ByteBuffer
    ) throws(WebSocketFault) {
        guard var message else { return }
        // Taken out and put back, so that the buffer has one owner and is not copied.
        self.message = nil
        defer { self.message = message }
        frame.mask.move(count, from: &bytes, to: &message.payload)
        guard message.isText else { return }
        let isFine = message.payload.withUnsafeReadableBytes { payload in
            message.text.accept(UnsafeRawBufferPointer(rebasing: payload.suffix(count)))
        }
        guard isFine else { throw .notUTF8 }
    }

    private mutating func finish(_ frame: Frame) throws(WebSocketFault) -> Arrival? {
        switch frame.opcode {
        case .ping: return .ping(control)
        case .pong: return .pong
        case .close: return .close(try Self.closeCode(in: control))
        case .continuation, .text, .binary:
            guard frame.isFinal, let complete = message else { return nil }
            message = nil
            guard complete.isText else { return .message(.binary(complete.payload)) }
            guard complete.text.isComplete else { throw .notUTF8 }
            return .message(.text(String(buffer: complete.payload)))
        }
    }

    private static func closeCode(in payload: ByteBuffer) throws(WebSocketFault) -> WebSocketCloseCode {
        guard payload.readableBytes > 0 else { return .noCode }
        guard let number = payload.getInteger(at: payload.readerIndex, as: UInt16.self) else {
            throw .protocolError("a close frame has no code or one of two bytes")
        }
        let code = WebSocketCloseCode(rawValue: number)
        guard code.maySend else { throw .protocolError("no close frame may carry this code") }
        var text = UTF8Check()
        let isFine = payload.withUnsafeReadableBytes {
            text.accept(UnsafeRawBufferPointer(rebasing: $0.dropFirst(2)))
        }
        guard isFine, text.isComplete else { throw .notUTF8 }
        return code
    }
}
