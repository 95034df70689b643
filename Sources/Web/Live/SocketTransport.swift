import Live
import NIOCore
import WebSocketServer

/// A WebSocket as live sessions see it.
struct SocketTransport: LiveTransport {
    let connection: WebSocketConnection

    func offer(_ frame: LiveFrame) -> Bool {
        // The same bytes for everybody.
        connection.offer(frame.wire { WebSocketFrames(text: String(buffer: $0)) })
    }

    var queuedBytes: Int { connection.queuedBytes }

    func drained(below bytes: Int) async { await connection.drained(below: bytes) }
}

/// The texts among the messages of a client; what is binary is nothing that this protocol has, and is passed on as an empty
/// text, which is answered with a problem.
struct SocketTexts: AsyncSequence, Sendable {
    typealias Element = String
    typealias Failure = Never

    let messages: WebSocketMessages

    func makeAsyncIterator() -> Iterator { Iterator(messages: messages.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        var messages: WebSocketMessages.Iterator

        mutating func next(isolation actor: isolated (any Actor)?) async -> String? {
            switch await messages.next(isolation: actor) {
            case .text(let text): text
            case .binary: ""
            case nil: nil
            }
        }

        mutating func next() async -> String? { await next(isolation: nil) }
    }
}
