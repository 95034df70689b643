package import HummingbirdCore
package import Logging
package import NIOCore
package import NIOHTTP1
package import NIOHTTPTypes

/// HTTP/1.1 connections on which a request may turn into a WebSocket, at any time.
package struct WebSocketHTTPChannel: ServerChildChannel, HTTPChannelHandler {
    package typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    package let responder: HTTPChannelHandler.Responder
    private let idleTimeout: Duration
    private let decoderLimits: NIOHTTPDecoderLimitConfiguration

    /// - Parameters:
    ///   - acceptor: sees every handshake before `responder` does.
    ///   - idleTimeout: a connection on which no request comes for so long is closed.
    package init(
        _ acceptor: WebSocketAcceptor, idleTimeout: Duration, decoderLimits: NIOHTTPDecoderLimitConfiguration,
        responder: @escaping HTTPChannelHandler.Responder
    ) {
        self.idleTimeout = idleTimeout
        self.decoderLimits = decoderLimits
        self.responder = { request, writer, channel in
            let turn = PipelineSwitch(channel: channel, decoderLimits: decoderLimits)
            guard let opening = try await acceptor.opening(for: request, writer, turn, otherwise: responder) else {
                return
            }
            try await acceptor.serve(opening, turn)
        }
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            // Idle connections keep the buffer of their first request, so it is small at first and grows with what comes.
            try channel.syncOptions?.setOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 1_024, maximum: 65_536))
            try PipelineSwitch(channel: channel, decoderLimits: decoderLimits).addHTTP()
            try channel.pipeline.syncOperations.addHandler(
                HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    package func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
