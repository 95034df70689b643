import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server on loopback that answers what a test tells it to.
final class ScriptedServer: Sendable {
    /// What came in.
    struct Request: Sendable {
        var method: String
        var uri: String
        var headers: [String: String]
        var body: [UInt8]
    }

    /// What goes out.
    struct Reply: Sendable {
        var status = 200
        var headers: [(String, String)] = [("Content-Type", "application/json")]
        var body = ""
        /// Whether the connection is cut after the body, before the answer has ended.
        var isCut = false
    }

    private let requests = Mutex<[Request]>([])

    /// What came in so far.
    var received: [Request] { requests.withLock { $0 } }

    /// Serves while the body runs; it gets the root of the server.
    static func with<Value>(
        _ answer: @escaping @Sendable (_ request: Request, _ number: Int) -> Reply,
        _ body: (ScriptedServer, _ root: String) async throws -> Value
    ) async throws -> Value {
        let server = ScriptedServer()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(Handler(server: server, answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let value = try await body(server, "http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
            try await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let server: ScriptedServer
        private let answer: @Sendable (Request, Int) -> Reply
        private var request = Request(method: "", uri: "", headers: [:], body: [])

        init(server: ScriptedServer, answer: @escaping @Sendable (Request, Int) -> Reply) {
            self.server = server
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                let headers = head.headers.map { ($0.name.lowercased(), $0.value) }
                request = Request(
                    method: head.method.rawValue, uri: head.uri, headers: Dictionary(headers) { $1 }, body: [])
            case .body(let buffer): request.body += buffer.readableBytesView
            case .end: reply(context)
            }
        }

        private func reply(_ context: ChannelHandlerContext) {
            let number = server.requests.withLock { requests in
                requests.append(request)
                return requests.count
            }
            let reply = answer(request, number)
            var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status))
            for (name, value) in reply.headers { head.headers.add(name: name, value: value) }
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: reply.body)))), promise: nil)
            if reply.isCut {
                context.close(promise: nil)
            } else {
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
