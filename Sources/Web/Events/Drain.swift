import Synchronization

/// Tells whether the server is stopping, and wakes those who wait for it.
final class Drain: Sendable {
    private struct State {
        var began = false
        var next = 0
        var waiting: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let state = Mutex(State())

    /// Whether the server is stopping.
    var hasBegun: Bool { state.withLock { $0.began } }

    /// Begins to stop. Again is nothing.
    func begin() {
        let woken = state.withLock { state in
            state.began = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in woken { continuation.finish() }
    }

    /// Returns when the server begins to stop or the task is cancelled.
    func wait() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let number: Int? = state.withLock { state in
            guard !state.began else { return nil }
            state.next += 1
            state.waiting[state.next] = continuation
            return state.next
        }
        guard let number else { return }
        for await _ in stream {}
        state.withLock { $0.waiting[number] = nil }
    }
}
