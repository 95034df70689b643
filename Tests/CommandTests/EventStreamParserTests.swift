import Testing

@testable import suisha

@Suite("Reading event streams")
struct EventStreamParserTests {
    private static let text =
        "\u{FEFF}retry: 300\r\n: hello\r\nid: 1:1\nevent: job:progress\ndata: {\"state\":\"leased\"}\n\n"
        + "data: a\rdata: b\r\rid: 1:2\nevent: job:complete\ndata:{}\n\nevent: empty\n\n"

    private static let expected: [EventStreamParser.Event] = [
        .init(id: "1:1", type: "job:progress", data: "{\"state\":\"leased\"}"),
        .init(id: "1:1", type: "message", data: "a\nb"),
        .init(id: "1:2", type: "job:complete", data: "{}"),
    ]

    @Test("events are the same however the bytes are cut", arguments: [1, 2, 3, 7, 1_000])
    func pieces(size: Int) throws {
        var parser = EventStreamParser()
        var events: [EventStreamParser.Event] = []
        let bytes = Array(Self.text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            events += try parser.feed(bytes[start..<min(start + size, bytes.count)])
        }
        #expect(events == Self.expected)
        #expect(parser.retryMilliseconds == 300)
        #expect(parser.lastID == "1:2")
    }

    @Test("an event that is not complete is not given out")
    func incomplete() throws {
        var parser = EventStreamParser()
        #expect(try parser.feed(Array("event: x\ndata: y\n".utf8)).isEmpty)
    }

    @Test("a line without end does not fill the memory")
    func endless() {
        var parser = EventStreamParser()
        let piece = [UInt8](repeating: 65, count: 1 << 20)
        #expect(throws: EventStreamParser.TooLong.self) {
            for _ in 0..<5 { _ = try parser.feed(piece) }
        }
    }
}
