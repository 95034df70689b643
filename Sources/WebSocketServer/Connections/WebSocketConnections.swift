import NIOCore
import Synchronization

/// All open connections of a server.
package final class WebSocketConnections: Sendable {
    /// What a connection is told when the server stops.
    struct Farewell {
        let code: WebSocketCloseCode
        let reason: @Sendable () -> String
    }

    private struct State {
        var open: [ObjectIdentifier: WebSocketConnection] = [:]
        /// Open ones and those whose handshake is under way.
        var places = 0
        /// What is said to all, once the server stops.
        var farewell: Farewell?
        var outboxes: [ObjectIdentifier: LoopOutbox] = [:]
    }

    private let limit: Int
    private let metrics: WebSocketMetrics
    private let state = Mutex(State())

    init(limit: Int, metrics: WebSocketMetrics) {
        self.limit = limit
        self.metrics = metrics
    }

    /// How many are open.
    package var count: Int { state.withLock { $0.open.count } }

    /// Takes no more connections, says goodbye to all that are open, and returns when they have ended, which each does within
    /// a bounded time.
    ///
    /// - Parameter reason: asked for each connection, so that each can be told another moment to come back.
    package func closeAll(_ code: WebSocketCloseCode, reason: @escaping @Sendable () -> String) async {
        let open = state.withLock { state in
            state.farewell = Farewell(code: code, reason: reason)
            return Array(state.open.values)
        }
        for connection in open { connection.startClosing(code, reason: reason()) }
        for connection in open { await connection.close(code) }
    }

    /// Keeps a place for a handshake under way; nil when there is none.
    func reserve() -> HandshakeRefusal? {
        state.withLock { state in
            if state.farewell != nil { return .stopping }
            guard state.places < limit else { return .full }
            state.places += 1
            return nil
        }
    }

    func free() {
        state.withLock { $0.places -= 1 }
    }

    /// Counts a connection among the open ones; returns what to tell it when the server began to stop meanwhile.
    func add(_ connection: WebSocketConnection) -> Farewell? {
        state.withLock { state in
            state.open[ObjectIdentifier(connection)] = connection
            return state.farewell
        }
    }

    func remove(_ connection: WebSocketConnection) {
        state.withLock { _ = $0.open.removeValue(forKey: ObjectIdentifier(connection)) }
    }

    /// The outbox that all connections of an event loop share.
    func outbox(of eventLoop: any EventLoop) -> LoopOutbox {
        state.withLock { state in
            let id = ObjectIdentifier(eventLoop)
            if let outbox = state.outboxes[id] { return outbox }
            let outbox = LoopOutbox(eventLoop, metrics)
            state.outboxes[id] = outbox
            return outbox
        }
    }
}
