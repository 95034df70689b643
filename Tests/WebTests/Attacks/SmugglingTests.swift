import Foundation
import NIOHTTP1
import Testing

@testable import Web

@Suite("Attack list: HTTP", .timeLimit(.minutes(2)))
struct SmugglingTests {
    private static func post(_ headers: String, _ body: String, end: String = "\r\n") -> String {
        "POST /api/v1/jobs HTTP/1.1\(end)Host: 127.0.0.1\(end)Authorization: Bearer \(TestServer.token)\(end)"
            + "Content-Type: application/json\(end)\(headers)\(end)\(end)\(body)"
    }

    /// What is hidden behind the first request; its answer would hold `"items"`.
    private static let hidden =
        "GET /api/v1/kinds HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(TestServer.token)\r\n"
        + "Connection: close\r\n\r\n"

    @Test(
        "a request whose end can be read in two ways is refused, and what hides behind it is not carried out",
        arguments: [
            ("two lengths", post("Content-Length: 4\r\nContent-Length: 5", "{}  " + hidden)),
            ("a list of lengths", post("Content-Length: 4, 5", "{}  " + hidden)),
            ("length and chunks", post("Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n" + hidden)),
            ("chunks and length", post("Transfer-Encoding: chunked\r\nContent-Length: 4", "0\r\n\r\n" + hidden)),
            ("an encoding that is none", post("Transfer-Encoding: xchunked", "0\r\n\r\n" + hidden)),
            ("chunks that are not last", post("Transfer-Encoding: chunked, identity", "0\r\n\r\n" + hidden)),
            ("a space before the colon", post("Transfer-Encoding : chunked", "0\r\n\r\n" + hidden)),
            ("a folded header", post("Transfer-Encoding:\r\n chunked", "0\r\n\r\n" + hidden)),
            ("a length with a sign", post("Content-Length: +4", "{}  " + hidden)),
            ("a length in hexadecimal", post("Content-Length: 0x4", "{}  " + hidden)),
            ("a negative length", post("Content-Length: -1", "{}  " + hidden)),
            ("a length beyond 64 bits", post("Content-Length: 18446744073709551620", "{}  " + hidden)),
            (
                "a chunk beyond 64 bits",
                post("Transfer-Encoding: chunked", "10000000000000002\r\n{}\r\n0\r\n\r\n" + hidden)
            ),
            ("a chunk with a sign", post("Transfer-Encoding: chunked", "+2\r\n{}\r\n0\r\n\r\n" + hidden)),
            ("a chunk that is longer", post("Transfer-Encoding: chunked", "2\r\n{}  \r\n0\r\n\r\n" + hidden)),
            ("a bare carriage return", post("X: a\rTransfer-Encoding: chunked", "0\r\n\r\n" + hidden)),
            ("a zero byte", post("X: a\0b\r\nContent-Length: 2", "{}" + hidden)),
        ])
    func smuggling(form: String, text: String) async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await RawConnection.exchange(port: server.port, text) { $0.contains("\"items\"") }
            #expect(!answer.contains("\"items\""), "\(form): \(answer)")
            #expect(answer.components(separatedBy: "HTTP/1.1 4").count <= 2, "\(form): \(answer)")
            #expect(!answer.contains("HTTP/1.1 2"), "\(form): \(answer)")
        }
    }

    @Test("two requests that are right are answered one after the other")
    func pipelined() async throws {
        try await TestServer.with(worker: false) { server in
            let text = Self.post("Transfer-Encoding: chunked", "2\r\n{}\r\n0\r\n\r\n") + Self.hidden
            let answer = try await RawConnection.exchange(port: server.port, text) { $0.contains("\"items\"") }
            // The first is refused, and the connection with it: part of a body might still be on its way.
            #expect(answer.contains("HTTP/1.1 400"))
        }
    }

    @Test("too many headers, too long ones and too long a line are refused, and the connection ends")
    func headers() async throws {
        try await TestServer.with(worker: false) { server in
            for headers in [
                (0..<2_000).map { "X-\($0): a\r\n" }.joined(), "X: \(String(repeating: "a", count: 100_000))\r\n",
                String(repeating: "X: \(String(repeating: "a", count: 4_000))\r\n", count: 100),
            ] {
                let answer = try await RawConnection.exchange(
                    port: server.port, "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\(headers)\r\n")
                #expect(!answer.contains("HTTP/1.1 2"))
            }
            let long = String(repeating: "a", count: 100_000)
            let answer = try await RawConnection.exchange(
                port: server.port, "GET /livez?\(long) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            #expect(!answer.contains("HTTP/1.1 2"))
            #expect(try await server.send(.GET, "/livez", as: .nobody).status == 200)
        }
    }

    @Test("headers that come too slowly cost the sender the connection, not the server a place")
    func slowHeaders() async throws {
        try await TestServer.with({ $0.idleTimeout = .seconds(1) }, worker: false) { server in
            let answer = try await RawConnection.exchange(port: server.port, "GET /livez HTTP/1.1\r\nHost: 127")
            #expect(!answer.contains("HTTP/1.1 2"))
        }
    }

    @Test(
        "no origin is let in by CORS: reflected, null, or one that only ends like ours",
        arguments: ["https://evil.example", "null", "https://suisha.example.evil", "https://notsuisha.example"])
    func crossOrigin(origin: String) async throws {
        try await TestServer.with({ $0.publicOrigin = "https://suisha.example" }, worker: false) { server in
            for (method, caller) in [("GET", TestServer.Caller.browser), ("GET", .token), ("OPTIONS", .nobody)] {
                let answer = try await server.send(
                    .init(rawValue: method), "/api/v1/jobs", as: caller,
                    [("Origin", origin), ("Access-Control-Request-Method", "POST")])
                #expect(!answer.headers.contains { $0.name.lowercased().hasPrefix("access-control-") })
            }
            let unsafe = try await server.send(
                .POST, "/api/v1/queues/echo/pause", as: .browser,
                [("Origin", origin), ("Sec-Fetch-Site", "cross-site")])
            #expect(unsafe.status == 403)
        }
    }

    @Test("what is private is not kept by caches, nor is a refusal")
    func caches() async throws {
        try await TestServer.with(worker: false) { server in
            let id = try await server.submit("echo", #"{"text":"a"}"#)
            for (target, caller) in [
                ("/api/v1/jobs/\(id)", TestServer.Caller.token), ("/api/v1/jobs", .token), ("/api/v1/jobs", .nobody),
                ("/jobs/\(id)", .browser), ("/api/v1/jobs/job_1", .token),
            ] {
                let answer = try await server.send(.GET, target, as: caller)
                #expect(answer.headers["cache-control"] == ["no-store"], "\(target)")
            }
        }
    }
}
