import Conformance
import Crypto
import Endpoints
import Foundation
import Model
import NIOCore
import NIOHTTP1
import Storage
import Testing

@testable import Web

@Suite("Uploads (issue 2: bad input leaves nothing behind)")
struct UploadTests {
    @Test("a file is stored while it arrives, under its hash's eye")
    func stores() async throws {
        try await TestServer.with(worker: false) { server in
            let content = String(repeating: "0123456789abcdef\r\n--", count: 40_000)
            let form = TestForm(
                fields: ["kind": "copy", "language": "en"], files: [("../../日本 \u{202e}talk.wav", content)])
            let answer = try await server.send("/api/v1/jobs", form: form)
            #expect(answer.status == 202, "\(answer.text)")
            let stored = try await server.objects.list(prefix: "uploads/", after: nil, limit: 10)
            #expect(stored.count == 1 && stored[0].size == Int64(content.utf8.count))
            let job = try await server.send(.GET, "/api/v1/jobs/\(try answer.string("id"))").json()
            let input = try #require(job["input"] as? [String: Any])
            let upload = try #require(input["upload"] as? [String: String])
            let hash = SHA256.hash(data: Data(content.utf8)).map { String(format: "%02x", $0) }.joined()
            #expect(upload["sha256"] == hash)
            #expect(upload["name"] == "日本 talk.wav")
            // Where the file lies is the server's business.
            #expect(upload["object"] == nil)
        }
    }

    @Test("fields may follow the file, and an empty file field of a browser is no file")
    func order() async throws {
        try await TestServer.with(worker: false) { server in
            let boundary = "b"
            let body =
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nabc\r\n"
                + "--b\r\nContent-Disposition: form-data; name=\"other\"; filename=\"\"\r\n\r\n\r\n"
                + "--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\ncopy\r\n--b--\r\nepilogue"
            let type = [("Content-Type", "multipart/form-data; boundary=\"\(boundary)\"")]
            let answer = try await server.send(.POST, "/api/v1/jobs", type, body: body)
            #expect(answer.status == 202)
        }
    }

    @Test(
        "a body in another form is refused and leaves no object",
        arguments: [
            ("text/plain", "hello", 415), ("", "hello", 415), ("application/x-www-form-urlencoded", "kind=copy", 415),
            ("multipart/form-data", "--b\r\n", 400), ("multipart/form-data; boundary=", "--\r\n", 400),
            ("multipart/form-data; boundary=\"b{\"", "--b\r\n", 400),
            ("multipart/form-data; boundary=b", "", 400), ("multipart/form-data; boundary=b", "no boundary", 400),
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc", 400
            ),
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc\r\n--b\r\n", 400
            ),
            ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: attachment\r\n\r\nabc\r\n--b--", 400),
            ("multipart/form-data; boundary=b", "--b\r\nnonsense\r\n\r\nabc\r\n--b--", 400),
            ("multipart/form-data; boundary=b", "--bx\r\n", 400),
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n\r\n--b--", 422
            ),
            ("multipart/form-data; boundary=b", "--b--\r\n", 400),
        ])
    func badForms(type: String, body: String, status: Int) async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await server.send(
                .POST, "/api/v1/jobs", type.isEmpty ? [] : [("Content-Type", type)], body: body)
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer.headers["content-type"] == ["application/problem+json"])
            #expect(try await server.uploads() == 0)
            #expect(try await server.send(.GET, "/api/v1/jobs").items().isEmpty)
        }
    }

    @Test(
        "a form whose content cannot be used leaves no object",
        arguments: [
            TestForm(fields: ["kind": "none"], files: [("a.wav", "abc")]),
            TestForm(fields: [:], files: [("a.wav", "abc")]),
            TestForm(fields: ["kind": "copy"], files: []),
            TestForm(fields: ["kind": "copy"], files: [("a.wav", "abc"), ("b.wav", "def")]),
            TestForm(fields: ["kind": "echo"], files: [("a.wav", "abc")]),
            TestForm(fields: ["kind": "copy", "language": "xx"], files: [("a.wav", "abc")]),
        ])
    func unusable(form: TestForm) async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await server.send("/api/v1/jobs", form: form)
            #expect((400..<500).contains(answer.status))
            #expect(try await server.uploads() == 0)
        }
    }

    @Test("a repeated submission with the same key keeps the first upload only")
    func repeated() async throws {
        try await TestServer.with(worker: false) { server in
            let form = TestForm(fields: ["kind": "copy"], files: [("a.wav", "abc")])
            let first = try await server.send("/api/v1/jobs", form: form, [("Idempotency-Key", "k")])
            let again = try await server.send("/api/v1/jobs", form: form, [("Idempotency-Key", "k")])
            #expect((first.status, again.status) == (202, 200))
            #expect(try first.string("id") == again.string("id"))
            #expect(try await server.uploads() == 1)
        }
    }

    @Test("a compressed body is refused as what it is", arguments: ["gzip", "identity, BR", "deflate, gzip"])
    func compressed(coding: String) async throws {
        try await TestServer.with(worker: false) { server in
            let json = ("Content-Type", "application/json")
            let body = #"{"kind": "echo", "input": {}}"#
            let answer = try await server.send(.POST, "/api/v1/jobs", [json, ("Content-Encoding", coding)], body: body)
            #expect(answer.status == 415 && answer.text.contains("Compressed bodies are not taken"), "\(answer.text)")
            #expect(try await server.send(.GET, "/api/v1/jobs").items().isEmpty)
            let plain = try await server.send(
                .POST, "/api/v1/jobs", [json, ("Content-Encoding", "identity")], body: body)
            #expect(plain.status == 202, "\(plain.text)")
            // The endpoint takes no body at all.
            let pause = try await server.send(
                .POST, "/api/v1/queues/echo/pause", [json, ("Content-Encoding", coding)], body: "bomb")
            #expect(pause.status == 415)
        }
    }

    @Test("a compressed body is refused before it comes")
    func announcedCompressed() async throws {
        try await TestServer.with(worker: false) { server in
            try await TestConnection.with(port: server.port) { connection in
                let more = [
                    ("Content-Type", "application/json"), ("Content-Length", "1000"), ("Content-Encoding", "gzip"),
                    ("Expect", "100-continue"),
                ]
                try await connection.send(.POST, "/api/v1/jobs", server.headers(.token, more))
                let head = try await connection.head()
                #expect(head.status.code == 415 && head.headers["connection"] == ["close"])
            }
        }
    }

    @Test("an announced length over the limit is refused before the body comes")
    func announcedTooLarge() async throws {
        try await TestServer.with({ $0.uploadLimit = .mebibytes(2) }, worker: false) { server in
            try await TestConnection.with(port: server.port) { connection in
                try await connection.send(
                    .POST, "/api/v1/jobs",
                    server.headers(
                        .token, [("Content-Type", "multipart/form-data; boundary=b"), ("Content-Length", "4000000000")])
                )
                let head = try await connection.head()
                #expect(head.status.code == 413)
                #expect(head.headers["connection"] == ["close"])
            }
        }
    }

    @Test("a body without a length that grows over the limit is cut off and leaves no object")
    func growsTooLarge() async throws {
        try await TestServer.with({ $0.uploadLimit = .mebibytes(2) }, worker: false) { server in
            try await TestConnection.with(port: server.port) { connection in
                try await connection.send(
                    .POST, "/api/v1/jobs",
                    server.headers(
                        .token, [("Content-Type", "multipart/form-data; boundary=b"), ("Transfer-Encoding", "chunked")])
                )
                try await connection.send(
                    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n")
                let chunk = ByteBuffer(repeating: 65, count: 1 << 20)
                for _ in 0..<4 { try await connection.send(chunk) }
                #expect(try await connection.head().status.code == 413)
            }
            try await eventually("the upload to be gone") { try await server.uploads() == 0 }
        }
    }

    @Test("a long JSON body is refused")
    func longJSON() async throws {
        try await TestServer.with({ $0.jsonLimit = .kibibytes(4) }, worker: false) { server in
            let body = #"{"kind":"echo","input":{"text":"\#(String(repeating: "x", count: 5_000))"}}"#
            let announced = try await server.send(.POST, "/api/v1/jobs", json: body)
            #expect(announced.status == 413)
            let chunked = [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]
            #expect(try await server.send(.POST, "/api/v1/jobs", chunked, body: body).status == 413)
            // Also where nothing is expected.
            #expect(try await server.send(.POST, "/sign-out", as: .browser, body: body).status == 413)
        }
    }

    @Test("a body that drips is refused")
    func slow() async throws {
        try await TestServer.with(
            {
                $0.slowBodyGrace = .zero
                $0.minimumBytesPerSecond = .gibibytes(1_000)
            }, worker: false
        ) { server in
            try await TestConnection.with(port: server.port) { connection in
                try await connection.send(
                    .POST, "/api/v1/jobs",
                    server.headers(
                        .token, [("Content-Type", "multipart/form-data; boundary=b"), ("Transfer-Encoding", "chunked")])
                )
                try await connection.send(
                    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n")
                #expect(try await connection.head().status.code == 408)
            }
            try await eventually("the upload to be gone") { try await server.uploads() == 0 }
        }
    }

    @Test("a body may be slow for a while, then its average counts")
    func pace() throws {
        let start = ContinuousClock.now
        var settings = WebSettings()
        settings.slowBodyGrace = .seconds(30)
        settings.minimumBytesPerSecond = .kibibytes(1)
        var pace = BodyPace(limit: .mebibytes(1), settings: settings, now: start)
        try pace.count(10, now: start + .seconds(30))
        try pace.count(40_950, now: start + .seconds(40))
        #expect(throws: Problem.self) { try pace.count(1, now: start + .seconds(41)) }
        var long = BodyPace(limit: .mebibytes(1), settings: settings, now: start)
        try long.count(1 << 20, now: start)
        #expect(throws: Problem.self) { try long.count(1, now: start) }
    }

    @Test("a body that stops coming loses its connection and leaves nothing")
    func stalled() async throws {
        try await TestServer.with({ $0.idleTimeout = .milliseconds(200) }, worker: false) { server in
            try await TestConnection.with(port: server.port) { connection in
                try await connection.send(
                    .POST, "/api/v1/jobs",
                    server.headers(
                        .token, [("Content-Type", "multipart/form-data; boundary=b"), ("Content-Length", "1000")]))
                // On a busy machine the server may have given up already.
                try? await connection.send(
                    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc")
                try await within(.seconds(60), "the server to close") { try await connection.channel.closeFuture.get() }
            }
            try await eventually("the upload to be gone") { try await server.uploads() == 0 }
            #expect(try await server.send(.GET, "/api/v1/jobs").items().isEmpty)
        }
    }

    @Test("a sender that hangs up in the middle leaves nothing")
    func hangsUp() async throws {
        try await TestServer.with(worker: false) { server in
            try await TestConnection.with(port: server.port) { connection in
                try await connection.send(
                    .POST, "/api/v1/jobs",
                    server.headers(
                        .token, [("Content-Type", "multipart/form-data; boundary=b"), ("Content-Length", "100000")]))
                try await connection.send(
                    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc")
                try await connection.channel.close()
            }
            #expect(try await server.send(.GET, "/livez").status == 200)
            try await eventually("the upload to be gone") { try await server.uploads() == 0 }
        }
    }

    @Test("a sender that waits for 100-continue gets it once it may send")
    func continues() async throws {
        try await TestServer.with(worker: false) { server in
            let form = TestForm(fields: ["kind": "copy"], files: [("a.wav", "abc")])
            try await TestConnection.with(port: server.port) { connection in
                try await connection.send(
                    .POST, "/api/v1/jobs",
                    server.headers(
                        .token,
                        [
                            ("Content-Type", form.contentType), ("Content-Length", String(form.text.utf8.count)),
                            ("Expect", "100-continue"),
                        ]))
                guard case .head(let head)? = try await connection.next() else { throw TestFailure("no head") }
                #expect(head.status.code == 100)
                try await connection.send(form.text)
                try await connection.end()
                #expect(try await connection.head().status.code == 202)
            }
        }
    }
}
