import NIOCore
import Storage
import Testing

@testable import RedisStore

@Suite("RESP decoder")
struct RESPDecoderTests {
    /// What a decoder makes of text that comes at once.
    private func decode(_ text: String, limits: RESPLimits = .init()) throws -> RESPValue? {
        var decoder = RESPDecoder(limits: limits)
        var buffer = ByteBuffer(string: text)
        return try decoder.decode(buffer: &buffer)
    }

    private static func bulk(_ text: String) -> RESPValue { .bulk(ByteBuffer(string: text)) }

    @Test(
        "every type of RESP2 and RESP3 is read",
        arguments: [
            ("+OK\r\n", .simple("OK")), ("+\r\n", .simple("")), ("-ERR no\r\n", .error("ERR no")),
            (":-42\r\n", .integer(-42)), (":9223372036854775807\r\n", .integer(.max)), ("$2\r\n\r\n\r\n", bulk("\r\n")),
            ("$0\r\n\r\n", bulk("")), ("$-1\r\n", .null), ("*-1\r\n", .null), ("_\r\n", .null), ("*0\r\n", .array([])),
            ("*2\r\n:1\r\n*1\r\n_\r\n", .array([.integer(1), .array([.null])])), ("#t\r\n", .boolean(true)),
            ("#f\r\n", .boolean(false)), (",1.5\r\n", .double(1.5)), (",-1e3\r\n", .double(-1000)),
            (",inf\r\n", .double(.infinity)), (",-inf\r\n", .double(-.infinity)),
            ("(34928903284092385094\r\n", .bigNumber("34928903284092385094")),
            ("!8\r\nERR a\r\nb\r\n", .error("ERR a\r\nb")),
            ("=7\r\ntxt:abc\r\n", .verbatim(format: "txt", ByteBuffer(string: "abc"))),
            ("%1\r\n+a\r\n:1\r\n", .map([.simple("a"), .integer(1)])), ("~1\r\n:1\r\n", .set([.integer(1)])),
            (">2\r\n+a\r\n+b\r\n", .push([.simple("a"), .simple("b")])),
            ("|1\r\n+ttl\r\n:3\r\n:7\r\n", .integer(7)), ("|0\r\n:7\r\n", .integer(7)),
            ("*2\r\n|1\r\n+a\r\n*1\r\n:9\r\n:1\r\n:2\r\n", .array([.integer(1), .integer(2)])),
        ] as [(String, RESPValue)])
    func readsTypes(_ text: String, _ value: RESPValue) throws {
        #expect(try decode(text) == value)
        // The same, one byte at a time.
        var decoder = RESPDecoder()
        var buffer = ByteBuffer()
        for byte in text.utf8.dropLast() {
            buffer.writeInteger(byte)
            #expect(try decoder.decode(buffer: &buffer) == nil)
        }
        buffer.writeInteger(UInt8(ascii: "\n"))
        #expect(try decoder.decode(buffer: &buffer) == value)
        #expect(buffer.readableBytes == 0)
    }

    @Test("what is no number reads as such")
    func readsNaN() throws {
        guard case .double(let number) = try decode(",nan\r\n") else { throw StorageError(.invalid, "no double") }
        #expect(number.isNaN)
    }

    @Test(
        "what is no reply is refused by a sentence",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n", "\r\n", ":\r\n", ":1x\r\n", ":9223372036854775808\r\n", "$-2\r\n",
            "$1\r\nab\r\n", "$x\r\n", "$?\r\n", "*-2\r\n", "*99999999999999999999\r\n", "%-1\r\n", "#x\r\n",
            "#true\r\n",
            ",\r\n", ",0x1p3\r\n", ",infinity\r\n", "(12a\r\n", "(-\r\n", "(\r\n", "_x\r\n", "=3\r\nabc\r\n",
            "=4\r\nabcd\r\n",
            "+a\rb\r\n", "*1\r\n>1\r\n:1\r\n", ";1\r\n", ".\r\n", "\u{15}\u{3}\u{3}\r\n",
        ])
    func refusesMalformed(_ text: String) {
        let error = #expect(throws: StorageError.self) { try decode(text) }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("\n") == false)
    }

    @Test("lengths and depths beyond the limits are refused before they cost memory")
    func bounds() throws {
        let limits = RESPLimits(bytes: 1_000, line: 100, values: 50, depth: 4)
        for text in [
            "$1001\r\n", "*51\r\n", "%9223372036854775807\r\n", "*40\r\n*11\r\n", String(repeating: "*1\r\n", count: 5),
            "+" + String(repeating: "a", count: 103), "*9\r\n" + String(repeating: "$200\r\n", count: 1),
        ].dropLast() {
            #expect(throws: StorageError.self, "\(text)") { try decode(text, limits: limits) }
        }
        let long = "*9\r\n" + String(repeating: "$200\r\n" + String(repeating: "a", count: 200) + "\r\n", count: 9)
        #expect(throws: StorageError.self) { try decode(long, limits: limits) }
        #expect(try decode(String(repeating: "*1\r\n", count: 4) + ":1\r\n", limits: limits) != nil)
        #expect(try decode("$900\r\n" + String(repeating: "a", count: 900) + "\r\n", limits: limits) != nil)
    }

    @Test("any replies in any pieces are read as they were written, and whatever else is refused or waited for (fuzz)")
    func fuzz() throws {
        let seed = SeededNumbers.seed
        print("RESP fuzz: TEST_SEED=\(seed)")
        var numbers = SeededNumbers(seed: seed)
        for round in 0..<SeededNumbers.rounds(2_000) {
            let values = (0..<Int.random(in: 1...5, using: &numbers)).map { _ in
                RESPValue.random(depth: 4, using: &numbers)
            }
            var stream = ByteBuffer()
            for value in values { stream.write(value) }
            let read = try decodeInPieces(stream, &numbers)
            #expect(read == values, "TEST_SEED=\(seed), round \(round)")
            mutate(&stream, &numbers)
            // Must end, neither crash nor read more than there is; what it reads does not matter.
            do {
                _ = try decodeInPieces(stream, &numbers)
            } catch {
                #expect((error as? StorageError)?.code == .corrupt, "TEST_SEED=\(seed), round \(round)")
            }
        }
    }

    private func decodeInPieces(_ stream: ByteBuffer, _ numbers: inout SeededNumbers) throws -> [RESPValue] {
        let processor = NIOSingleStepByteToMessageProcessor(
            RESPDecoder(limits: .init(bytes: 1 << 20, line: 4_096, values: 10_000, depth: 16)))
        var stream = stream
        var values: [RESPValue] = []
        while stream.readableBytes > 0 {
            let length = min(stream.readableBytes, Int.random(in: 1...64, using: &numbers))
            guard let piece = stream.readSlice(length: length) else { break }
            try processor.process(buffer: piece) { values.append($0) }
        }
        return values
    }

    private func mutate(_ stream: inout ByteBuffer, _ numbers: inout SeededNumbers) {
        var bytes = Array(stream.readableBytesView)
        for _ in 0..<Int.random(in: 1...8, using: &numbers) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &numbers)
            switch Int.random(in: 0...4, using: &numbers) {
            case 0: bytes[index] = .random(in: 0...255, using: &numbers)
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &numbers)
            case 2: bytes.remove(at: index)
            case 3: bytes.insert(contentsOf: Array("*99999\r\n".utf8), at: index)
            default: bytes.removeSubrange(index...)
            }
        }
        stream = ByteBuffer(bytes: bytes)
    }
}
