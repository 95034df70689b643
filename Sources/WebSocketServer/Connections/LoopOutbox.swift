import NIOCore
import Synchronization

/// What was offered to the connections of one event loop and not yet taken over by it.
///
/// However many frames go to however many connections at once, the loop is woken once, and each connection is flushed once.
final class LoopOutbox: Sendable {
    private struct Offer: Sendable {
        let bytes: ByteBuffer
        let connections: [WebSocketConnection]
    }

    private struct State {
        var offers: [Offer] = []
        var isWoken = false
    }

    private let eventLoop: any EventLoop
    private let metrics: WebSocketMetrics
    private let state = Mutex(State())

    init(_ eventLoop: any EventLoop, _ metrics: WebSocketMetrics) {
        self.eventLoop = eventLoop
        self.metrics = metrics
    }

    /// Hands the bytes to connections of this loop, none of them twice.
    func add(_ bytes: ByteBuffer, for connections: [WebSocketConnection]) {
        let mustWake = state.withLock { state in
            state.offers.append(Offer(bytes: bytes, connections: connections))
            defer { state.isWoken = true }
            return !state.isWoken
        }
        if mustWake { eventLoop.execute { self.deliver() } }
    }

    private func deliver() {
        let offers = state.withLock { state in
            state.isWoken = false
            defer { state.offers = [] }
            return state.offers
        }
        var sent = SocketHandler.Sent()
        if offers.count == 1, let offer = offers.first {
            let bytes = Self.own(offer)
            // In one pass, because what belongs to a connection does not stay in the processor's cache until a second.
            for connection in offer.connections { sent += connection.handler.value.send(bytes) }
        } else {
            for offer in offers {
                let bytes = Self.own(offer)
                for connection in offer.connections { connection.handler.value.take(bytes) }
            }
            for offer in offers {
                for connection in offer.connections { sent += connection.handler.value.flushIfTouched() }
            }
        }
        metrics.sent(messages: sent.messages, bytes: sent.bytes)
    }

    /// The bytes, for many connections as a copy that no other loop counts references to: threads that count together slow
    /// each other down by more than copying once takes.
    private static func own(_ offer: Offer) -> ByteBuffer {
        offer.connections.count < 8 ? offer.bytes : ByteBuffer(bytes: offer.bytes.readableBytesView)
    }
}
