package import NIOCore
import Synchronization

/// One open connection.
package final class WebSocketConnection: Sendable {
    /// Messages as they come; ends when the peer closes or is lost.
    ///
    /// Bounded: while nobody takes them, nothing is read from the network.
    package let messages: WebSocketMessages
    /// The address at the other end of the connection, which may be a proxy's.
    package let peer: SocketAddress?

    let handler: NIOLoopBound<SocketHandler>
    private let outbox: LoopOutbox
    private let metrics: WebSocketMetrics
    private let window: Mutex<OutboundWindow>
    private let endCode = Mutex<WebSocketCloseCode?>(nil)

    init(
        _ handler: NIOLoopBound<SocketHandler>, messages: WebSocketMessages, peer: SocketAddress?, outbox: LoopOutbox,
        metrics: WebSocketMetrics, outboundLimit: Int
    ) {
        self.handler = handler
        self.messages = messages
        self.peer = peer
        self.outbox = outbox
        self.metrics = metrics
        window = Mutex(OutboundWindow(limit: outboundLimit))
    }

    /// Queues frames without waiting; they arrive in the order in which they were offered.
    ///
    /// - Returns: false when more than the outbound limit would wait for the peer; then nothing was queued. True on a
    ///   connection that has ended, because nothing waits there.
    package func offer(_ frames: WebSocketFrames) -> Bool {
        switch reserve(frames.byteCount) {
        case .granted:
            outbox.add(frames.bytes, for: [self])
            return true
        case .refused: return false
        case .ended: return true
        }
    }

    /// Queues frames for many connections; with 2,000 of them for a third less of our own work than one by one.
    ///
    /// - Parameter connections: each of them once.
    /// - Returns: the connections that have no room for them.
    package static func offer(
        _ frames: WebSocketFrames, to connections: [WebSocketConnection]
    ) -> [WebSocketConnection] {
        var refused: [WebSocketConnection] = []
        // There are no more outboxes than processors, so looking along them is faster than hashing.
        var granted: [(outbox: LoopOutbox, connections: [WebSocketConnection])] = []
        for connection in connections {
            switch connection.reserve(frames.byteCount) {
            case .granted:
                if let index = granted.firstIndex(where: { $0.outbox === connection.outbox }) {
                    granted[index].connections.append(connection)
                } else {
                    granted.append((connection.outbox, [connection]))
                }
            case .refused: refused.append(connection)
            case .ended: break
            }
        }
        for (outbox, connections) in granted { outbox.add(frames.bytes, for: connections) }
        return refused
    }

    /// Bytes that wait for the peer, with those that the network layer holds.
    package var queuedBytes: Int { window.withLock { $0.queued } }

    /// The code that the connection ended with: the peer's, ours, or `lost`; nil while it is open.
    package var closeCode: WebSocketCloseCode? { endCode.withLock { $0 } }

    /// Returns when fewer than `bytes` wait, the connection has ended, or the task is cancelled.
    package func drained(below bytes: Int) async {
        let number = window.withLock { $0.announce() }
        defer { window.withLock { $0.forget(number) } }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = window.withLock { $0.wait(number, below: bytes, continuation) }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            window.withLock { $0.cancel(number) }?.resume()
        }
    }

    /// Sends a close frame behind what is queued, waits a bounded time for the answer, and ends the connection. Idempotent:
    /// the first code counts. With `tooSlow`, what is queued is dropped.
    package func close(_ code: WebSocketCloseCode, reason: String = "") async {
        startClosing(code, reason: reason)
        // Not cut short by cancellation, because the clock on the event loop ends it.
        await withCheckedContinuation { continuation in
            let mustWait = window.withLock { window in
                // Nothing is below 0 bytes, so only the end wakes this one.
                window.wait(window.announce(), below: 0, continuation)
            }
            if !mustWait { continuation.resume() }
        }
    }

    /// Begins what ``close(_:reason:)`` does, and does not wait for it.
    package func startClosing(_ code: WebSocketCloseCode, reason: String = "") {
        // The loop takes up what was offered before, because it was woken for that before.
        handler.eventLoop.execute { self.handler.value.close(code, reason: reason) }
    }

    private enum Room {
        case granted, refused, ended
    }

    private func reserve(_ bytes: Int) -> Room {
        let room: Room = window.withLock { window in
            window.hasEnded ? .ended : window.reserve(bytes) ? .granted : .refused
        }
        if case .refused = room { metrics.refusedOffer() }
        return room
    }

    /// Takes note that bytes went out.
    func release(_ bytes: Int) {
        for continuation in window.withLock({ $0.release(bytes) }) { continuation.resume() }
    }

    /// Takes note that the connection is gone.
    func ended(with code: WebSocketCloseCode) {
        endCode.withLock { $0 = code }
        for continuation in window.withLock({ $0.end() }) { continuation.resume() }
    }
}
