package import Foundation
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The HTTP server: the API, the pages and what monitoring asks.
package struct WebServer: Service {
    private let settings: WebSettings
    private let responder: Responder
    private let drain: Drain
    private let connections = OpenConnections()
    private let onRunning: @Sendable (Int) -> Void
    private let logger: Logger

    /// - Parameter onRunning: called with the bound port once connections are accepted.
    /// - Throws: when two endpoints are declared for the same place.
    package init(_ parts: ServerParts, onRunning: @escaping @Sendable (_ port: Int) -> Void = { _ in }) throws {
        drain = Drain()
        settings = parts.settings
        responder = try Responder(parts, drain: drain)
        logger = parts.logger
        self.onRunning = onRunning
    }

    /// The OpenAPI document of everything that it serves.
    package var reference: Data { responder.reference }

    /// Serves until the service group shuts down; then no connection is accepted, requests under way may end within the
    /// limit, and event streams end with a hint to come back.
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
        let channel = HTTP1Channel.Configuration(
            idleTimeout: TimeAmount(settings.idleTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16_384, maxHeaderListSize: 65_536, maxHeaderFieldCount: 128))
        let server = try HTTPServerBuilder.http1(configuration: channel).buildServer(
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
