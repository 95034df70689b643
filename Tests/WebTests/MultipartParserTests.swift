import NIOCore
import Testing

@testable import Web

@Suite("Taking forms apart")
struct MultipartParserTests {
    private static let body =
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--\r\n-\r\n--b\r\n"
        + "content-disposition: form-data; name=\"f\"; filename=\"x\"\r\nContent-Type: Audio/WAV\r\n\r\n\r\r\n--\r\n--b--\r\nrest"

    /// The events of a body that arrives in pieces of that length, with the content of each part joined.
    private func events(_ body: String, pieces: Int, boundary: String = "b") throws -> [String] {
        var parser = try MultipartParser(boundary: boundary)
        var events: [String] = []
        var rest = ByteBuffer(string: body)
        while let piece = rest.readSlice(length: min(pieces, rest.readableBytes)), piece.readableBytes > 0 {
            parser.add(piece)
            while let event = try parser.next() {
                switch event {
                case .part(let header):
                    events.append("part \(header.name) \(header.fileName ?? "-") \(header.contentType)")
                case .content(let bytes):
                    let text = String(buffer: bytes)
                    if events.last?.hasPrefix("=") == true {
                        events[events.count - 1] += text
                    } else {
                        events.append("=" + text)
                    }
                case .endOfPart: events.append("end")
                case .finished: events.append("finished")
                }
            }
        }
        try parser.checkEnd()
        return events
    }

    @Test("the pieces in which a body arrives make no difference", arguments: 1...Self.body.utf8.count)
    func pieces(length: Int) throws {
        let expected = [
            "part a - application/octet-stream", "=one\r\n--\r\n-", "end", "part f x audio/wav", "=\r\r\n--", "end",
            "finished",
        ]
        #expect(try events(Self.body, pieces: length) == expected)
    }

    @Test("bounds hold")
    func bounds() throws {
        #expect(throws: MultipartParser.Malformed.self) {
            try MultipartParser(boundary: String(repeating: "b", count: 71))
        }
        #expect(throws: MultipartParser.Malformed.self) {
            try events(
                "--b\r\nContent-Disposition: form-data; name=\"\(String(repeating: "n", count: 20_000))\"",
                pieces: 1_000)
        }
        let parts = Array(repeating: "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n", count: 1_101)
            .joined()
        #expect(throws: MultipartParser.Malformed.self) { try events(parts + "--b--", pieces: 10_000) }
    }

    @Test(
        "file names lose what could harm",
        arguments: [
            ("a.mp3", "a.mp3"), ("/etc/passwd", "passwd"), ("C:\\talks\\a b.mp3", "a b.mp3"), ("..", "file"),
            ("a\u{0}\nb", "ab"),
            ("録音.m4a", "録音.m4a"), ("", "file"), ("dir/", "dir"),
        ])
    func names(offered: String, kept: String) {
        #expect(MultipartHeader.safe(fileName: offered) == kept)
    }

    @Test("quoted parameters are read as browsers write them")
    func headerValues() {
        let value = HeaderValue(#"form-data; name="a;b"; filename="C:\x\"y%22.mp3""#)
        #expect(value.value == "form-data")
        #expect(value.parameters["name"] == "a;b")
        #expect(value.parameters["filename"] == #"C:\x"y".mp3"#)
    }
}
