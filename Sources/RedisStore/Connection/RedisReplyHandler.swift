import NIOCore
import Storage

/// Hands what a channel brings to its connection: all replies of one read at once.
final class RedisReplyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: RedisConnection
    private let processor = NIOSingleStepByteToMessageProcessor(RESPDecoder())

    init(_ connection: RedisConnection) {
        self.connection = connection
    }

    func channelActive(context: ChannelHandlerContext) {
        connection.start()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var replies: [RESPValue] = []
        do {
            try processor.process(buffer: unwrapInboundIn(data)) { replies.append($0) }
            connection.receive(replies)
        } catch {
            connection.receive(replies)
            connection.fail(error as? StorageError ?? .lost(connection.place, "\(error)"))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.fail(.lost(connection.place, "the server closed it"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.fail(.lost(connection.place, "\(error)"))
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        connection.fail(.closed(connection.place))
    }
}
