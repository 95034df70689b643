import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// One HTTP/1.1 connection whose requests and answers the test sends and reads piece by piece.
struct TestConnection: Sendable {
    typealias Inbound = NIOAsyncChannelInboundStream<HTTPClientResponsePart>
    private let outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    private let reader: Reader
    let channel: any Channel

    /// Reads in order; an actor because iterators may not be shared.
    private actor Reader {
        private var iterator: Inbound.AsyncIterator
        init(_ inbound: Inbound) { iterator = inbound.makeAsyncIterator() }
        func next() async throws -> HTTPClientResponsePart? {
            var copy = iterator
            let part = try await copy.next(isolation: self)
            iterator = copy
            return part
        }
    }

    /// Runs `body` with a connection to `port` on this machine and closes it.
    static func with<Value: Sendable>(
        port: Int, _ body: @escaping @Sendable (TestConnection) async throws -> Value
    ) async throws -> Value {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                let decoder = HTTPResponseDecoder(
                    leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .forward)
                try channel.pipeline.syncOperations.addHandlers([
                    HTTPRequestEncoder(), ByteToMessageHandler(decoder),
                ])
                return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                    wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(TestConnection(outbound: outbound, reader: Reader(inbound), channel: channel.channel))
        }
    }

    func send(_ method: HTTPMethod, _ target: String, _ headers: HTTPHeaders) async throws {
        try await outbound.write(.head(.init(version: .http1_1, method: method, uri: target, headers: headers)))
    }

    func send(_ text: String) async throws {
        try await outbound.write(.body(.byteBuffer(ByteBuffer(string: text))))
    }

    func send(_ bytes: ByteBuffer) async throws { try await outbound.write(.body(.byteBuffer(bytes))) }

    func end() async throws { try await outbound.write(.end(nil)) }

    /// The next part of an answer; nil when the server closed.
    func next() async throws -> HTTPClientResponsePart? {
        try await within(.seconds(60), "a part of an answer") { try await reader.next() }
    }

    /// The head of the next answer that is not informational.
    func head() async throws -> HTTPResponseHead {
        while let part = try await next() {
            if case .head(let head) = part, head.status.code >= 200 { return head }
        }
        throw TestFailure("the server closed before it answered")
    }

    /// The rest of the body; also when the server closes early.
    func body() async throws -> Data {
        var data = Data()
        while let part = try await next() {
            switch part {
            case .body(let bytes): data.append(contentsOf: bytes.readableBytesView)
            case .end: return data
            case .head: throw TestFailure("a head in the middle of a body")
            }
        }
        return data
    }
}
