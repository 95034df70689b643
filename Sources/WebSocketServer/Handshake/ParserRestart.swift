import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Lets a connection go on with HTTP after a request that asked for a protocol that nobody here speaks, such as `h2c`.
///
/// Without it, the requests that come after would never be parsed. Handshakes of WebSockets are left to the acceptor.
final class ParserRestart: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private let pipeline: PipelineSwitch
    private var restartsAtEnd = false

    init(_ pipeline: PipelineSwitch) {
        self.pipeline = pipeline
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let request): restartsAtEnd = HandshakeRequest(request) == .other
        case .body: break
        case .end where restartsAtEnd:
            restartsAtEnd = false
            context.fireChannelRead(data)
            pipeline.restartParser().whenFailure { [channel = pipeline.channel] _ in channel.close(promise: nil) }
            return
        case .end: break
        }
        context.fireChannelRead(data)
    }
}
