import Synchronization

/// Asks a running child to end before it has finished, once.
final class EarlyEnd: Sendable {
    private struct State {
        var isRequested = false
        var pipesAreClosed = false
    }

    private let state: Mutex<State> = Mutex(State())
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Asks whoever waits to end the child.
    ///
    /// - Returns: true when the child has closed its output, so that nobody waits any more and its task may be cancelled.
    func request() -> Bool {
        defer { continuation.finish() }
        return state.withLock { state in
            state.isRequested = true
            return state.pipesAreClosed
        }
    }

    /// From now on a request is no longer seen by ``wait()``.
    func closePipes() {
        state.withLock { $0.pipesAreClosed = true }
    }

    /// Returns true when the end was requested, false when the waiting task was cancelled before that.
    func wait() async -> Bool {
        for await _ in stream {}
        return state.withLock { $0.isRequested }
    }
}
