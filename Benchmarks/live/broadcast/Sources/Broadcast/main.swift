// The least that can stand on WebSocketServer, for measuring it: POST /publish sends a text to everybody at /listen.
//
//     Broadcast PORT [LOOPS]

import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import WebSocketServer

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let loops = MultiThreadedEventLoopGroup(numberOfThreads: arguments.dropFirst().first ?? System.coreCount)
let audience = Audience()
let acceptor = WebSocketAcceptor(
    WebSocketSettings(maximumConnections: 20_000), metrics: WebSocketMetrics(prefix: "broadcast")
) { request, _ in
    request.path == "/listen" ? .accept { await audience.listen($0) } : .refuse
}
let builder = HTTPServerBuilder { responder in
    WebSocketHTTPChannel(acceptor, idleTimeout: .seconds(60), decoderLimits: .init(), responder: responder)
}
let server = try builder.buildServer(
    configuration: .init(
        address: .hostname("127.0.0.1", port: arguments.first ?? 0), backlog: 4_096),
    eventLoopGroup: loops, logger: Logger(label: "broadcast")
) { request, writer, _ in
    let body = try await request.body.collect(upTo: 1_048_576)
    if request.head.path == "/publish" { audience.publish(String(buffer: body)) }
    try await writer.write(
        response: .init(status: .ok, headerFields: [.contentLength: "2"]),
        body: .init(byteBuffer: ByteBuffer(string: "ok")))
}
try await server.run()
