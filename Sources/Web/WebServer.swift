package import Foundation
import HummingbirdCore
import Live
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import WebSocketServer

/// The HTTP server: the API, the pages and what monitoring asks.
package struct WebServer: Service {
    private let settings: WebSettings
    private let responder: Responder
    private let drain: Drain
    private let connections = OpenConnections()
    private let hub: LiveHub
    private let sockets: WebSocketAcceptor
    private let onRunning: @Sendable (Int) -> Void
    private let logger: Logger

    /// - Parameter onRunning: called with the bound port once connections are accepted.
    /// - Throws: when two endpoints are declared for the same place.
    package init(_ parts: ServerParts, onRunning: @escaping @Sendable (_ port: Int) -> Void = { _ in }) throws {
        drain = Drain()
        settings = parts.settings
        hub = LiveHub(
            reading: parts.reading, descriptions: JobEndpoints(parts).descriptions, logger: parts.logger)
        responder = try Responder(parts, live: LiveParts(hub: hub, tickets: parts.tickets), drain: drain)
        sockets = WebSocketAcceptor(
            settings.sockets, metrics: WebSocketMetrics(prefix: MetricNames.webSockets),
            describe: HandshakeProblem.describe,
            decide: LiveSockets(responder: responder, hub: hub, drain: drain).decide)
        logger = parts.logger
        self.onRunning = onRunning
    }

    /// The OpenAPI document of everything that it serves.
    package var reference: Data { responder.reference }

    /// Serves until the service group shuts down; then no connection is accepted, requests under way may end within the
    /// limit, and event streams and WebSockets end with a hint to come back.
    ///
    /// - Throws: ``WebServerError`` when the address cannot be bound.
    package func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    try await serve()
                    return true
                }
                group.addTask {
                    await drain.wait()
                    // Live sessions say goodbye by themselves; this is for those that cannot.
                    try? await Task.sleep(for: .seconds(1))
                    await sockets.connections.closeAll(.serviceRestart) { LiveClose.restarting.reason }
                    return false
                }
                group.addTask {
                    await hub.run()
                    return false
                }
                group.addTask {
                    await drain.wait()
                    try? await Task.sleep(for: settings.shutdownLimit)
                    connections.closeAll()
                    return false
                }
                while let ended = try await group.next(), !ended {}
                group.cancelAll()
            }
        } onGracefulShutdown: {
            drain.begin()
        }
    }

    private func serve() async throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16_384
        limits.maxHeaderListSize = 65_536
        limits.maxHeaderFieldCount = 128
        let builder = HTTPServerBuilder { [settings, sockets, limits] responder in
            WebSocketHTTPChannel(
                sockets, idleTimeout: settings.idleTimeout, decoderLimits: limits, responder: responder)
        }
        let server = try builder.buildServer(
            configuration: .init(
                address: .hostname(settings.address, port: settings.port),
                availableConnectionsDelegate: MaximumAvailableConnections(settings.maximumConnections, logger: logger)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger
        ) { request, writer, channel in
            connections.add(channel)
            try await responder.respond(to: request, writer, on: channel)
        } onServerRunning: { channel in
            let port = channel.localAddress?.port ?? settings.port
            logger.info("server is listening", metadata: ["address": "\(settings.address)", "port": "\(port)"])
            onRunning(port)
        }
        do {
            try await server.run()
        } catch {
            throw WebServerError(error, settings: settings)
        }
    }
}
