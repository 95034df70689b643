package import HTTPTypes
import HummingbirdCore
package import NIOCore

/// Answers handshakes, and runs what is to be run over the connections.
package struct WebSocketAcceptor: Sendable {
    /// Says what to do with a handshake that is as it should be. It should answer within a bounded time.
    package typealias Decide = @Sendable (HTTPRequest, SocketAddress?) async -> WebSocketDecision
    /// Words a refusal.
    package typealias Describe = @Sendable (HTTPRequest, HandshakeRefusal) -> (HTTPResponse, ByteBuffer)

    /// All connections that are open.
    package let connections: WebSocketConnections
    private let settings: WebSocketSettings
    private let metrics: WebSocketMetrics
    private let describe: Describe
    private let decide: Decide

    /// - Parameter describe: words refusals of the server itself; without it they are plain text.
    package init(
        _ settings: WebSocketSettings, metrics: WebSocketMetrics, describe: @escaping Describe = Self.plainly,
        decide: @escaping Decide
    ) {
        self.settings = settings
        self.metrics = metrics
        self.describe = describe
        self.decide = decide
        connections = WebSocketConnections(limit: settings.maximumConnections, metrics: metrics)
    }

    /// A refusal as plain text.
    package static let plainly: Describe = { _, refusal in
        var response = refusal.response
        response.headerFields[.contentType] = "text/plain; charset=utf-8"
        return (response, ByteBuffer(string: refusal.sentence + "\n"))
    }

    /// A handshake that is accepted.
    struct Opening {
        fileprivate let fields: HTTPFields
        fileprivate let handler: @Sendable (WebSocketConnection) async -> Void
    }

    /// Answers everything but a handshake that is accepted, which it returns.
    ///
    /// A function of its own, so that its frame does not take memory for as long as the connection is open.
    @concurrent
    func opening(
        for request: Request, _ writer: consuming ResponseWriter, _ pipeline: PipelineSwitch,
        otherwise responder: HTTPChannelHandler.Responder
    ) async throws -> Opening? {
        let channel = pipeline.channel
        switch HandshakeRequest(request.head) {
        case nil, .other:
            try await responder(request, writer, channel)
        case .refused(let refusal):
            try await refuse(request, for: refusal, writer, pipeline)
        case .webSocket(let accept):
            switch await decide(request.head, channel.remoteAddress) {
            case .refuse:
                metrics.handshake("refused")
                try await channel.eventLoop.flatSubmit { pipeline.restartParser() }.get()
                try await responder(request, writer, channel)
            case .answer(let response, let body):
                metrics.handshake("refused")
                try await channel.eventLoop.flatSubmit { pipeline.restartParser() }.get()
                try await Self.write(response, body, writer)
            case .accept(var fields, let handler):
                if let refusal = connections.reserve() {
                    try await refuse(request, for: refusal, writer, pipeline)
                    return nil
                }
                fields[.upgrade] = "websocket"
                fields[.connection] = "Upgrade"
                fields[.secWebSocketAccept] = accept
                return Opening(fields: fields, handler: handler)
            }
        }
        return nil
    }

    /// Upgrades the connection, and returns when it has ended.
    @concurrent
    func serve(_ opening: Opening, _ pipeline: PipelineSwitch) async throws {
        defer { connections.free() }
        let connection = try await open(opening, pipeline)
        defer { connections.remove(connection) }
        if let farewell = connections.add(connection) {
            await connection.close(farewell.code, reason: farewell.reason())
        } else {
            await opening.handler(connection)
            await connection.close(.normal)
        }
    }

    private func open(_ opening: Opening, _ pipeline: PipelineSwitch) async throws -> WebSocketConnection {
        let outbox = connections.outbox(of: pipeline.channel.eventLoop)
        let connection = try await pipeline.toWebSocket(opening.fields, settings, metrics, outbox)
        metrics.handshake("accepted")
        return connection
    }

    @concurrent
    private func refuse(
        _ request: Request, for refusal: HandshakeRefusal, _ writer: consuming ResponseWriter,
        _ pipeline: PipelineSwitch
    ) async throws {
        metrics.handshake(refusal.outcome)
        let channel = pipeline.channel
        try await channel.eventLoop.flatSubmit { pipeline.restartParser() }.get()
        let (response, body) = describe(request.head, refusal)
        try await Self.write(response, body, writer)
    }

    @concurrent
    private static func write(
        _ response: HTTPResponse, _ body: ByteBuffer, _ writer: consuming ResponseWriter
    ) async throws {
        var response = response
        response.headerFields[.contentLength] = String(body.readableBytes)
        try await writer.write(response: response, body: .init(byteBuffer: body))
    }
}
