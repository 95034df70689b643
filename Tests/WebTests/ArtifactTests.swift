import Foundation
import Model
import NIOHTTP1
import Storage
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

    @Test("a file of another workspace is not there, and a job of ours that names it gets nothing of it (B3)")
    func foreign() async throws {
        try await TestServer.with(worker: false) { server in
            let other = WorkspaceID()
            let key = WorkspaceKey.upload(in: other)
            let content = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try Data("theirs".utf8).write(to: content)
            defer { try? FileManager.default.removeItem(at: content) }
            _ = try await server.objects.put(key, file: content, contentType: "text/plain", onlyIfAbsent: true)
            let session = WorkerSession(id: WorkerSessionID(), host: "here", process: "1", isAlive: { _ in true })
            try await server.store.openSession(session, lasting: .seconds(60))
            let new = NewJob(workspace: other, kind: "echo", input: .emptyObject, inputHash: "h")
            let job = try await server.store.submit([new], within: .init(total: 10))[0].job.id
            let lease = try #require(
                try await server.store.claim(kinds: ["echo"], limit: 1, for: session.id).first
            ).lease
            let artifact = Artifact(name: "a.txt", object: key, contentType: "text/plain", size: 6, sha256: "0")
            _ = try await server.store.record([.artifact(artifact)], under: lease)
            let refusals = [
                try await server.send(.GET, "/api/v1/jobs/\(job)/artifacts/a.txt"),
                try await server.send(.GET, "/api/v1/jobs/\(job)/artifacts"),
                try await server.send(.GET, "/api/v1/jobs/\(JobID())/artifacts/a.txt"),
            ]
            #expect(refusals.map(\.status) == [404, 404, 404] && !refusals.contains { $0.text.contains("theirs") })
            // Nor does retention of a job of ours take it away.
            let ours = NewJob(
                workspace: .local, kind: "echo", input: .init(trusted: #"{"upload":"\#(key)"}"#), inputHash: "i")
            let named = try await server.store.submit([ours], within: .init(total: 10))[0].job.id
            _ = try await server.store.cancel(named, in: .local)
            let removed = try await server.store.removeFinished(olderThan: .zero, after: nil, limit: 100)
            #expect(removed.count == 1 && removed.uploads.isEmpty)
            #expect(try await server.objects.info(key) != nil)
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
