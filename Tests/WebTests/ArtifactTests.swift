import Foundation
import Model
import NIOHTTP1
import Testing

@testable import Web

@Suite("Files that jobs made")
struct ArtifactTests {
    private static let content = "0123456789"

    @Test("a file comes whole, in ranges, and not at all when the reader has it")
    func reads() async throws {
        try await TestServer.with { server in
            let id = try await server.copied(Self.content)
            let url = "/api/v1/jobs/\(id)/artifacts/video.mp4"
            let whole = try await server.send(.GET, url)
            #expect((whole.status, whole.text) == (200, Self.content))
            #expect(whole.headers["content-type"] == ["video/mp4"])
            #expect(whole.headers["accept-ranges"] == ["bytes"])
            let tag = try #require(whole.headers["etag"].first)

            for (range, text, place) in [
                ("bytes=2-4", "234", "bytes 2-4/10"), ("bytes=7-", "789", "bytes 7-9/10"),
                ("bytes=-2", "89", "bytes 8-9/10"),
                ("bytes=8-99", "89", "bytes 8-9/10"), ("bytes=-99", Self.content, "bytes 0-9/10"),
            ] {
                let part = try await server.send(.GET, url, [("Range", range), ("If-Range", tag)])
                #expect((part.status, part.text) == (206, text))
                #expect(part.headers["content-range"] == [place])
            }
            let past = try await server.send(.GET, url, [("Range", "bytes=10-")])
            #expect(past.status == 416)
            #expect(past.headers["content-range"] == ["bytes */10"])
            let other = try await server.send(.GET, url, [("Range", "bytes=2-4"), ("If-Range", "\"other\"")])
            #expect((other.status, other.text) == (200, Self.content))
            for known in [tag, "\"x\", W/\(tag)", "*"] {
                let same = try await server.send(.GET, url, [("If-None-Match", known)])
                #expect((same.status, same.text) == (304, ""))
            }
            let head = try await server.send(.HEAD, url)
            #expect(head.status == 200 && head.body.isEmpty)
            #expect(head.headers["content-length"] == ["10"])
        }
    }

    @Test("files are listed with addresses that work, whatever their names")
    func lists() async throws {
        try await TestServer.with { server in
            let id = try await server.copied(Self.content)
            let files = try await server.send(.GET, "/api/v1/jobs/\(id)/artifacts").items()
            #expect(files.compactMap { $0["name"] as? String }.sorted() == ["scene-1.svg", "video.mp4", "名前 1.html"])
            for file in files {
                let answer = try await server.send(.GET, try #require(file["url"] as? String))
                #expect(answer.status == 200)
                #expect(answer.body.count == file["size"] as? Int)
            }
            #expect(try await server.send(.GET, "/api/v1/jobs/\(id)/artifacts/other").status == 404)
        }
    }

    @Test("a page that a job made cannot act as one of ours")
    func sandboxed() async throws {
        try await TestServer.with { server in
            let id = try await server.copied(Self.content)
            let answer = try await server.send(
                .GET, "/api/v1/jobs/\(id)/artifacts/%E5%90%8D%E5%89%8D%201.html?download=1", as: .browser)
            let policy = answer.headers["content-security-policy"].first ?? ""
            #expect(policy.hasSuffix("sandbox") && policy.hasPrefix("default-src 'none'"))
            let disposition = answer.headers["content-disposition"].first ?? ""
            #expect(
                disposition.hasPrefix("attachment; ") && disposition.hasSuffix("UTF-8''%E5%90%8D%E5%89%8D%201.html"))
        }
    }

    @Test(
        "ranges are measured against the length (RFC 9110)",
        arguments: [
            ("bytes=0-0", .part(0..<1)), ("bytes=9-9", .part(9..<10)), ("bytes=0-", .part(0..<10)),
            ("bytes=-10", .part(0..<10)),
            ("bytes=10-10", .unsatisfiable), ("bytes=-0", .unsatisfiable), ("bytes=5-4", .whole), ("bytes=a-b", .whole),
            ("bytes=-", .whole), ("bytes=0-1,3-4", .whole), ("lines=0-1", .whole), ("bytes=+1-2", .whole), ("", .whole),
            ("bytes=0-99999999999999999999", .whole), ("bytes=1-9223372036854775807", .part(1..<10)),
        ] as [(String, ByteRange)])
    func ranges(header: String, expected: ByteRange) {
        #expect(ByteRange(header, size: 10) == expected)
    }
}
