import Conformance
import Foundation
import HTTPTypes
import Testing
import WebSocketServer

@testable import Web

@Suite("C2: WebSockets on the server")
struct SocketTests {
    private static func handshake(_ path: String, version: String = "13") -> String {
        """
        GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(TestServer.token)\r\n\
        Upgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: \(version)\r\n\r\n
        """
    }

    private static let request = "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    @Test("a connection that has served requests, and had one for a WebSocket refused, becomes one")
    func upgrade() async throws {
        try await TestServer.with(worker: false) { server in
            let text = try await RawConnection.exchange(
                port: server.port,
                Self.request + Self.handshake("/nowhere") + Self.request + Self.handshake("/api/v1/live"),
                isEnough: { $0.contains(" 101 ") })
            let answers = text.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
            #expect(answers == ["200", "404", "200", "101"])
        }
    }

    @Test("a handshake of another version is refused like everything else: a problem with an id")
    func otherVersion() async throws {
        try await TestServer.with(worker: false) { server in
            let text = try await RawConnection.exchange(
                port: server.port, Self.handshake("/api/v1/live", version: "8") + Self.request,
                isEnough: { $0.components(separatedBy: "HTTP/1.1 ").count == 3 })
            #expect(text.hasPrefix("HTTP/1.1 426 "))
            for part in ["upgrade-required", "Sec-WebSocket-Version: 13", "X-Request-Id: ", "X-Content-Type-Options: "]
            {
                #expect(text.lowercased().contains(part.lowercased()), "\(part)")
            }
        }
    }

    @Test("a stopping server says when to come back, and does not wait long for clients that say nothing")
    func stops() async throws {
        let change: @Sendable (inout WebSettings) -> Void = {
            $0.shutdownLimit = .seconds(60)
            $0.sockets.closeLimit = .milliseconds(200)
        }
        try await TestServer.with(change, worker: false) { server in
            let greeted = Signal<Void>()
            async let stop: Void = {
                try await greeted.value(within: .seconds(30))
                await server.shutDown()
            }()
            let text = try await within(.seconds(50), "the server to close") {
                try await RawConnection.exchange(
                    port: server.port, Self.handshake("/api/v1/live"),
                    isEnough: { text in
                        if text.contains(" 101 ") { greeted.send(()) }
                        return false
                    })
            }
            try await stop
            #expect(text.contains("reconnect"))
        }
    }
}
