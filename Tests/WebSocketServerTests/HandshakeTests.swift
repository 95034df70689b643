import NIOCore
import Testing

@testable import WebSocketServer

@Suite("C2: handshakes")
struct HandshakeTests {
    private static func request(_ fields: String, method: String = "GET", path: String = "/echo") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: test\r\n\(fields)\r\n"
    }

    private static let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    private static let asks = "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    private static let version = "Sec-WebSocket-Version: 13\r\n"

    @Test("the answer to a handshake is that of the RFC's example")
    func example() async throws {
        try await TestServer.with { server in
            try await RawClient.with(server) { client in
                try await client.send(RawClient.handshake)
                let head = try await client.head().lowercased()
                #expect(head.hasPrefix("http/1.1 101 switching protocols"))
                #expect(head.contains("upgrade: websocket") && head.contains("connection: upgrade"))
                #expect(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=".lowercased()))
            }
        }
    }

    @Test(
        "a handshake that is not as it should be is refused, and the connection goes on with HTTP",
        arguments: [
            (asks + version, "400"), (asks + version + "Sec-WebSocket-Key: short\r\n", "400"),
            (asks + version + key + key, "400"), (asks + key, "426"),
            (asks + key + "Sec-WebSocket-Version: 8\r\n", "426"),
            (asks + key + version + "Content-Length: 2\r\n\r\nhi", "200"), (key + version, "200"),
            ("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA\r\n", "200"),
            ("Upgrade: h2c\r\nConnection: upgrade\r\nContent-Length: 2\r\n\r\nhi", "200"),
        ])
    func malformed(fields: String, status: String) async throws {
        try await TestServer.with { server in
            try await RawClient.with(server) { client in
                // The next request comes at once behind it, and must not be lost.
                let hasBody = fields.contains("\r\n\r\n")
                let refused = hasBody ? String(Self.request(fields).dropLast()) : Self.request(fields)
                try await client.send(refused + Self.request("", path: "/"))
                let head = try await client.head()
                #expect(head.hasPrefix("HTTP/1.1 \(status) "), "\(head)")
                if status == "426" { #expect(head.lowercased().contains("sec-websocket-version: 13")) }
                let length = head.lowercased().split(separator: "content-length: ").last?.prefix(while: \.isNumber)
                _ = try await client.body(Int(length ?? "") ?? 0)
                #expect(try await client.head().hasPrefix("HTTP/1.1 200 "))
            }
        }
    }

    @Test("a POST that asks for a WebSocket is refused")
    func post() async throws {
        try await TestServer.with { server in
            try await RawClient.with(server) { client in
                try await client.send(Self.request(Self.asks + Self.key + Self.version, method: "POST"))
                #expect(try await client.head().hasPrefix("HTTP/1.1 400 "))
            }
        }
    }

    @Test("a connection that has served requests, or was refused, can still become a WebSocket")
    func keptAlive() async throws {
        try await TestServer.with { server in
            try await RawClient.with(server) { client in
                for path in ["/", "/"] {
                    try await client.send(Self.request("", path: path))
                    #expect(try await client.head().hasPrefix("HTTP/1.1 200 "))
                    #expect(try await client.body(2) == "ok")
                }
                try await client.send(Self.request(Self.asks + Self.key + Self.version, path: "/elsewhere"))
                #expect(try await client.head().hasPrefix("HTTP/1.1 200 "))
                #expect(try await client.body(2) == "ok")
                try await client.send(Self.request(Self.asks + Self.key + Self.version, path: "/answered"))
                #expect(try await client.head().hasPrefix("HTTP/1.1 403 "))
                #expect(try await client.body(2) == "no")
                try await client.send(RawClient.handshake)
                #expect(try await client.head().hasPrefix("HTTP/1.1 101 "))
                try await client.sendText("after all")
                #expect(try await client.frame().text == "after all")
            }
        }
    }

    @Test("frames that come with the handshake, and requests before it in the same piece, are not lost")
    func pipelined() async throws {
        try await TestServer.with { server in
            try await RawClient.with(server) { client in
                let requests = String(repeating: Self.request("", path: "/"), count: 12)
                var all = ByteBuffer(string: requests + RawClient.handshake)
                all.writeImmutableBuffer(RawClient.frame(0x1, ByteBuffer(string: "early")))
                try await client.send(all)
                for _ in 0..<12 {
                    #expect(try await client.head().hasPrefix("HTTP/1.1 200 "))
                    _ = try await client.body(2)
                }
                #expect(try await client.head().hasPrefix("HTTP/1.1 101 "))
                #expect(try await client.frame().text == "early")
                try await client.sendText("late")
                #expect(try await client.frame().text == "late")
            }
        }
    }

    @Test("beyond the limit, and while the server stops, handshakes are answered with 503")
    func limit() async throws {
        try await TestServer.with(.init(maximumConnections: 1)) { server in
            try await RawClient.withSocket(server) { first in
                try await RawClient.with(server) { second in
                    try await second.send(RawClient.handshake)
                    let head = try await second.head()
                    #expect(head.hasPrefix("HTTP/1.1 503 ") && head.contains("Retry-After: "))
                }
                try await first.sendClose(1_000)
                _ = try await first.frame()
                try await first.untilEnd()
            }
            try await eventually("the place is free again") { server.acceptor.connections.count == 0 }
            try await RawClient.withSocket(server) { client in
                try await client.sendText("in")
                #expect(try await client.frame().text == "in")
            }
            await server.acceptor.connections.closeAll(.serviceRestart) { "" }
            try await RawClient.with(server) { late in
                try await late.send(RawClient.handshake)
                #expect(try await late.head().hasPrefix("HTTP/1.1 503 "))
            }
        }
    }
}
