import NIOCore
import NIOHTTP1
import NIOPosix

/// What the test's server says to a path.
struct ScriptedAnswer: Sendable {
    var status: Int = 200
    var headers: [String: String] = [:]
    var body: String = ""
    /// Sends the body again and again, without a length and without an end.
    var repeats: Bool = false
    /// Answers with what the request says in this header.
    var echoes: String?
    /// Never answers.
    var isSilent: Bool = false
}

/// A real HTTP server on loopback that gives scripted answers.
enum AnswerServer {
    static func with<Value>(
        _ answers: [String: ScriptedAnswer], _ body: (_ port: Int) async throws -> Value
    ) async throws -> Value {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(answers: answers))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let value = try await body(channel.localAddress?.port ?? 0)
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

        private let answers: [String: ScriptedAnswer]

        init(answers: [String: ScriptedAnswer]) {
            self.answers = answers
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .head(let head) = unwrapInboundIn(data) else { return }
            var answer = answers[head.uri] ?? ScriptedAnswer(status: 404)
            if let name = answer.echoes { answer.body = head.headers.first(name: name) ?? "" }
            guard !answer.isSilent else { return }
            var headers = HTTPHeaders(answer.headers.map { ($0.key, $0.value) })
            if !answer.repeats { headers.replaceOrAdd(name: "Content-Length", value: "\(answer.body.utf8.count)") }
            let response = HTTPResponseHead(
                version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
            context.write(wrapOutboundOut(.head(response)), promise: nil)
            if answer.repeats { return send(answer.body, again: context) }
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }

        /// Until the other side hangs up.
        private func send(_ body: String, again context: ChannelHandlerContext) {
            let sent = context.eventLoop.makePromise(of: Void.self)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            sent.futureResult.whenSuccess {
                let (handler, context) = bound.value
                handler.send(body, again: context)
            }
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: sent)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
