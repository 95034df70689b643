import NIOCore
import Testing

@testable import WebSocketServer

@Suite("C2: messages from bytes")
struct MessageReaderTests {
    private static func read(
        _ bytes: ByteBuffer, cutEvery size: Int = .max, limit: Int = 70_000, fragments: Int = 100
    ) throws -> [MessageReader.Arrival] {
        var reader = MessageReader(byteLimit: limit, fragmentLimit: fragments)
        var arrivals: [MessageReader.Arrival] = []
        var rest = bytes
        var unread = ByteBuffer()
        while rest.readableBytes > 0 {
            guard var piece = rest.readSlice(length: min(size, rest.readableBytes)) else { break }
            unread.writeBuffer(&piece)
            while let arrival = try reader.next(from: &unread) { arrivals.append(arrival) }
        }
        return arrivals
    }

    private static func bytes(_ frames: (UInt8, String, Bool)...) -> ByteBuffer {
        var bytes = ByteBuffer()
        for (opcode, payload, isFinal) in frames {
            bytes.writeImmutableBuffer(RawClient.frame(opcode, ByteBuffer(string: payload), isFinal: isFinal))
        }
        return bytes
    }

    @Test("the same messages come out however the bytes are cut", arguments: [1, 2, 3, 7, 64, 1_000, .max])
    func cuts(size: Int) throws {
        let long = String(repeating: "水車はまわる ", count: 4_000)
        let bytes = Self.bytes(
            (1, "hello", true), (1, "", true), (1, "水", false), (9, "are you there", true), (0, "車", true),
            (2, "\u{0}\u{1}", true), (10, "", true), (1, String(long.prefix(3_000)), true), (8, "", true))
        #expect(
            try Self.read(bytes, cutEvery: size) == [
                .message(.text("hello")), .message(.text("")), .ping(ByteBuffer(string: "are you there")),
                .message(.text("水車")), .message(.binary(ByteBuffer(bytes: [0, 1]))), .pong,
                .message(.text(String(long.prefix(3_000)))), .close(.noCode),
            ])
    }

    @Test(
        "what breaks the protocol is refused with the right code",
        arguments: [
            ([0xC1, 0x80], 1_002), ([0x83, 0x80], 1_002), ([0x81, 0x05], 1_002), ([0x09, 0x80], 1_002),
            ([0x89, 0xFE], 1_002), ([0x80, 0x80, 0, 0, 0, 0], 1_002), ([0x81, 0xFE, 0, 5, 0, 0, 0, 0], 1_002),
            ([0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0], 1_002),
            ([0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1_002),
            ([0x01, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0], 1_002),
            ([0x88, 0x81, 0, 0, 0, 0, 3], 1_002), ([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xED], 1_002),
            ([0x88, 0x83, 0, 0, 0, 0, 0x03, 0xE8, 0xFF], 1_007), ([0x81, 0x81, 0, 0, 0, 0, 0xFF], 1_007),
            ([0x81, 0x82, 0, 0, 0, 0, 0xE6, 0xB0], 1_007),
            ([0x82, 0xFF, 0, 0, 0, 0, 0x7F, 0, 0, 0, 0, 0, 0, 0], 1_009),
        ] as [([UInt8], UInt16)])
    func faults(bytes: [UInt8], code: UInt16) throws {
        for size in [1, .max] {
            let fault = #expect(throws: WebSocketFault.self) {
                _ = try Self.read(ByteBuffer(bytes: bytes), cutEvery: size)
            }
            #expect(fault?.code.rawValue == code)
            #expect(fault?.reason.utf8.count ?? 0 <= 123)
        }
    }

    @Test("a wrong byte is refused before the message that it is in has come")
    func failsFast() throws {
        let frame = RawClient.frame(1, ByteBuffer(repeating: 0xFF, count: 60_000))
        let start = try #require(frame.getSlice(at: 0, length: 20))
        let fault = #expect(throws: WebSocketFault.self) { _ = try Self.read(start) }
        #expect(fault == .notUTF8)
    }

    @Test("a message beyond the limit is refused by its head, and fragments count together")
    func limits() throws {
        let whole = Self.bytes((1, "12345678901", true))
        #expect(throws: WebSocketFault.tooBig(10)) { _ = try Self.read(whole, limit: 10) }
        let parts = Self.bytes((1, "123456", false), (0, "78901", true))
        #expect(throws: WebSocketFault.tooBig(10)) { _ = try Self.read(parts, limit: 10) }
        let many = Self.bytes((1, "", false), (0, "", false), (0, "", false), (0, "", true))
        #expect(throws: WebSocketFault.tooManyFragments(3)) { _ = try Self.read(many, fragments: 3) }
    }

    @Test("UTF-8 in any cut is judged as Swift judges it whole")
    func validity() {
        var random = SystemRandomNumberGenerator()
        let interesting: [UInt8] = [
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0,
            0xF3, 0xF4, 0xF5, 0xFF,
        ]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                interesting.randomElement(using: &random) ?? 0
            }
            var check = UTF8Check()
            let cut = Int.random(in: 0...bytes.count, using: &random)
            let isFine = bytes.withUnsafeBytes {
                check.accept(UnsafeRawBufferPointer(rebasing: $0[..<cut]))
                    && check.accept(UnsafeRawBufferPointer(rebasing: $0[cut...]))
            }
            #expect((isFine && check.isComplete) == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
        }
    }
}
