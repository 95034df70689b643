import Endpoints
import NIOCore

/// Notices that the other side closes the connection while an endpoint waits.
final class DepartureHandler: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = Any

    private let presence: CallerPresence

    private init(_ presence: CallerPresence) {
        self.presence = presence
    }

    /// Runs `body`, and tells `presence` when the caller leaves meanwhile. Who left before is not noticed.
    static func watching<Value>(
        _ channel: any Channel, for presence: CallerPresence, _ body: () async throws -> Value
    ) async throws -> Value {
        let handler = DepartureHandler(presence)
        try await channel.pipeline.addHandler(handler, position: .first).get()
        defer { channel.pipeline.removeHandler(handler, promise: nil) }
        return try await body()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { presence.leave() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        presence.leave()
        context.fireChannelInactive()
    }
}
