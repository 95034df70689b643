import Synchronization
import WebSocketServer

/// Everybody who listens, and the last messages for those who come.
final class Audience: Sendable {
    private struct State {
        var listeners: [ObjectIdentifier: WebSocketConnection] = [:]
        var last: [WebSocketFrames] = []
    }

    private static let kept = 5
    private let state = Mutex(State())

    /// Sends to all. Who has no room is closed, as the contract wants it.
    func publish(_ text: String) {
        let frames = WebSocketFrames(text: text)
        let refused = state.withLock { state in
            state.last.append(frames)
            if state.last.count > Self.kept { state.last.removeFirst() }
            return WebSocketConnection.offer(frames, to: Array(state.listeners.values))
        }
        for connection in refused { connection.startClosing(.tooSlow) }
    }

    /// Listens until the connection ends.
    func listen(_ connection: WebSocketConnection) async {
        state.withLock { state in
            state.listeners[ObjectIdentifier(connection)] = connection
            for frames in state.last { _ = connection.offer(frames) }
        }
        for await _ in connection.messages {}
        state.withLock { _ = $0.listeners.removeValue(forKey: ObjectIdentifier(connection)) }
    }
}
