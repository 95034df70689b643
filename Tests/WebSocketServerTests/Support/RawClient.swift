import NIOCore
import NIOPosix

@testable import WebSocketServer

/// A client that sends any bytes and sees all that come back. An actor because iterators may not be shared.
actor RawClient {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var received = ByteBuffer()

    /// A frame of the server.
    struct Frame: Equatable {
        let opcode: UInt8
        let payload: ByteBuffer
        var text: String { String(buffer: payload) }
        var closeCode: UInt16? { payload.getInteger(at: payload.readerIndex) }
    }

    static let handshake = """
        GET /echo HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
        """

    private init(
        _ channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.channel = channel
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    /// Runs `body` over a connection. A client that does not read takes only what its small buffers hold.
    static func with(_ server: TestServer, _ body: @Sendable (RawClient) async throws -> Void) async throws {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.so_rcvbuf), value: 8_192)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: server.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(
                            backPressureStrategy: .init(lowWatermark: 1, highWatermark: 1),
                            isOutboundHalfClosureEnabled: true))
                }
            }
        try await channel.executeThenClose { inbound, outbound in
            try await body(RawClient(channel, inbound, outbound))
        }
    }

    /// Opens a WebSocket and runs `body` over it.
    static func withSocket(_ server: TestServer, _ body: @Sendable (RawClient) async throws -> Void) async throws {
        try await with(server) { client in
            try await client.send(handshake)
            guard try await client.head().hasPrefix("HTTP/1.1 101 ") else { throw ClientError(message: "no upgrade") }
            try await body(client)
        }
    }

    func send(_ text: String) async throws { try await send(ByteBuffer(string: text)) }

    func send(_ bytes: ByteBuffer) async throws { try await outbound.write(bytes) }

    func send(_ opcode: UInt8, _ payload: ByteBuffer, isFinal: Bool = true) async throws {
        try await send(Self.frame(opcode, payload, isFinal: isFinal))
    }

    func sendText(_ text: String) async throws { try await send(0x1, ByteBuffer(string: text)) }

    func sendClose(_ code: UInt16) async throws { try await send(0x8, ByteBuffer(integer: code)) }

    func shut() { outbound.finish() }

    /// The head of an HTTP answer, without its empty line.
    func head() async throws -> String {
        while true {
            if let end = received.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)) {
                let length = end.lowerBound - received.readerIndex
                let head = received.readString(length: length) ?? ""
                received.moveReaderIndex(forwardBy: 4)
                return head
            }
            try await more()
        }
    }

    func body(_ length: Int) async throws -> String {
        while received.readableBytes < length { try await more() }
        return received.readString(length: length) ?? ""
    }

    func frame() async throws -> Frame {
        while true {
            if let frame = takeFrame() { return frame }
            try await more()
        }
    }

    /// Reads until the server closes its side.
    func untilEnd() async throws {
        while let bytes = try await nextPiece() { received.writeImmutableBuffer(bytes) }
    }

    private func takeFrame() -> Frame? {
        let start = received.readerIndex
        guard let first: UInt8 = received.getInteger(at: start), let second: UInt8 = received.getInteger(at: start + 1)
        else { return nil }
        var length = Int(second)
        var head = 2
        if second == 126 {
            guard let long: UInt16 = received.getInteger(at: start + 2) else { return nil }
            (length, head) = (Int(long), 4)
        } else if second == 127 {
            guard let long: UInt64 = received.getInteger(at: start + 2) else { return nil }
            (length, head) = (Int(long), 10)
        }
        guard received.readableBytes >= head + length else { return nil }
        received.moveReaderIndex(forwardBy: head)
        return received.readSlice(length: length).map { Frame(opcode: first & 0x0F, payload: $0) }
    }

    private func nextPiece() async throws -> ByteBuffer? {
        var copy = inbound
        defer { inbound = copy }
        return try await copy.next(isolation: self)
    }

    private func more() async throws {
        guard let bytes = try await nextPiece() else { throw ClientError(message: "the server closed") }
        received.writeImmutableBuffer(bytes)
    }

    /// A frame as clients send it.
    static func frame(_ opcode: UInt8, _ payload: ByteBuffer, isFinal: Bool = true) -> ByteBuffer {
        // Unmasking is tried with the short ones; long ones are sent fast.
        let key: [UInt8] = payload.readableBytes < 10_000 ? [0x37, 0xFA, 0x21, 0x3D] : [0, 0, 0, 0]
        var frame = ByteBuffer()
        frame.writeInteger((isFinal ? 0x80 : 0) | opcode)
        switch payload.readableBytes {
        case ...125: frame.writeInteger(0x80 | UInt8(payload.readableBytes))
        case ...65_535: frame.writeMultipleIntegers(UInt8(0xFE), UInt16(payload.readableBytes))
        default: frame.writeMultipleIntegers(UInt8(0xFF), UInt64(payload.readableBytes))
        }
        frame.writeBytes(key)
        if key[0] == 0 {
            frame.writeImmutableBuffer(payload)
        } else {
            frame.writeBytes(payload.readableBytesView.enumerated().map { $1 ^ key[$0 & 3] })
        }
        return frame
    }
}

struct ClientError: Error {
    let message: String
}
