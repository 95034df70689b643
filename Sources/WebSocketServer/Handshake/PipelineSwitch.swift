import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Changes what a connection speaks.
///
/// The HTTP parser stops behind a request that asks to leave HTTP, and keeps what comes after. So an upgrade works on any
/// request of a connection, not only on the first: the parser is taken out, and what it kept goes to whoever comes after it.
struct PipelineSwitch: Sendable {
    let channel: any Channel
    let decoderLimits: NIOHTTPDecoderLimitConfiguration

    private typealias Decoder = ByteToMessageHandler<HTTPRequestDecoder>

    /// Adds the handlers that make requests of bytes.
    func addHTTP() throws {
        try channel.pipeline.syncOperations.addHandlers([
            HTTPResponseEncoder(), Self.decoder(decoderLimits), HTTP1ToHTTPServerCodec(secure: false),
            ParserRestart(self),
        ])
    }

    private static func decoder(_ limits: NIOHTTPDecoderLimitConfiguration) -> Decoder {
        ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
    }

    /// Goes on with HTTP after a request that asked to leave it. Called on the event loop.
    func restartParser() -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let stopped = try pipeline.handler(type: Decoder.self)
            try pipeline.addHandler(Self.decoder(decoderLimits), position: .after(stopped))
            return pipeline.removeHandler(stopped)
        }.flatMap { $0 }.map { channel.pipeline.fireChannelReadComplete() }
    }

    /// Sends the answer to the handshake and leaves HTTP for good.
    func toWebSocket(
        _ fields: HTTPFields, _ settings: WebSocketSettings, _ metrics: WebSocketMetrics, _ outbox: LoopOutbox
    ) async throws -> WebSocketConnection {
        try await channel.eventLoop.flatSubmit {
            channel.eventLoop.makeCompletedFuture {
                try leaveHTTP(fields, settings, metrics, outbox)
            }.flatMap { connection, removal in
                removal.map {
                    channel.pipeline.fireChannelReadComplete()
                    channel.pipeline.read()
                    return connection
                }
            }
        }.get()
    }

    private func leaveHTTP(
        _ fields: HTTPFields, _ settings: WebSocketSettings, _ metrics: WebSocketMetrics, _ outbox: LoopOutbox
    ) throws -> (WebSocketConnection, EventLoopFuture<Void>) {
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        let pipeline = channel.pipeline.syncOperations
        let handler = SocketHandler(settings, metrics)
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        let inbound = WebSocketMessages.Producer.makeSequence(
            backPressureStrategy: .init(
                lowWatermark: max(1, settings.inboundLimit / 2), highWatermark: settings.inboundLimit),
            finishOnDeinit: false, delegate: WebSocketMessages.Reading(handler: bound))
        let connection = WebSocketConnection(
            bound, messages: WebSocketMessages(producer: inbound.sequence), peer: channel.remoteAddress, outbox: outbox,
            metrics: metrics, outboundLimit: settings.outboundLimit)
        let decoder = try pipeline.handler(type: Decoder.self)
        try pipeline.addHandler(handler, position: .after(decoder))
        pipeline.removeHandler(try pipeline.handler(type: HTTPResponseEncoder.self), promise: nil)
        pipeline.removeHandler(try pipeline.handler(type: HTTP1ToHTTPServerCodec.self), promise: nil)
        pipeline.removeHandler(try pipeline.handler(type: ParserRestart.self), promise: nil)
        pipeline.removeHandler(try pipeline.handler(type: HTTPConnectionStateHandler.self), promise: nil)
        handler.open(connection, inbound.source, greeting: Self.greeting(fields))
        return (connection, pipeline.removeHandler(decoder))
    }

    private static func greeting(_ fields: HTTPFields) -> ByteBuffer {
        var text = "HTTP/1.1 101 Switching Protocols\r\n"
        for field in fields { text += "\(field.name.rawName): \(field.value)\r\n" }
        return ByteBuffer(string: text + "\r\n")
    }
}
