import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Testing

@testable import WebSocketServer

/// A server of these tests: a WebSocket at `/echo` or `/` sends back what comes, and everything answers in HTTP.
struct TestServer {
    let port: Int
    let acceptor: WebSocketAcceptor

    /// Runs `body` beside a server, and ends the server afterwards.
    static func with(
        _ settings: WebSocketSettings = .init(), idleTimeout: Duration = .seconds(30),
        handler: @escaping @Sendable (WebSocketConnection) async -> Void = Self.echo,
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let acceptor = WebSocketAcceptor(settings, metrics: WebSocketMetrics(prefix: "test")) { request, _ in
            switch request.path {
            case "/", "/echo": .accept(handler: handler)
            case "/answered": .answer(HTTPResponse(status: .forbidden), ByteBuffer(string: "no"))
            default: .refuse
            }
        }
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let builder = HTTPServerBuilder { responder in
            WebSocketHTTPChannel(acceptor, idleTimeout: idleTimeout, decoderLimits: .init(), responder: responder)
        }
        let server = try builder.buildServer(
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger
        ) { request, writer, _ in
            let body = try await request.body.collect(upTo: 1_024)
            try await writer.write(
                response: .init(status: .ok, headerFields: [.contentLength: String(body.readableBytes + 2)]),
                body: .init(byteBuffer: ByteBuffer(string: "ok" + String(buffer: body))))
        } onServerRunning: { channel in
            port.yield(channel.localAddress?.port ?? 0)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            guard let port = await ports.first(where: { _ in true }) else { return }
            try await body(TestServer(port: port, acceptor: acceptor))
            await acceptor.connections.closeAll(.goingAway) { "" }
            group.cancelAll()
        }
    }

    static let echo: @Sendable (WebSocketConnection) async -> Void = { connection in
        for await message in connection.messages {
            switch message {
            case .text(let text): _ = connection.offer(WebSocketFrames(text: text))
            case .binary(let bytes): _ = connection.offer(WebSocketFrames(binary: bytes))
            }
        }
    }
}

/// Waits until `condition` holds, and fails after a while.
func eventually(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("not within \(limit): \(what)")
            throw CancellationError()
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
