import Storage
import Synchronization

/// Hands signals to those who listen. Many of a kind mean no more than one, and a loss is never forgotten for an offer.
final class DispatchSignals: Sendable {
    private struct State {
        var next = 0
        var listeners: [Int: AsyncStream<DispatchSignal>.Continuation] = [:]
        var isFinished = false
    }

    private let state = Mutex(State())

    /// A stream that begins now, with room for one signal of each kind.
    func stream() -> AsyncStream<DispatchSignal> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: DispatchSignal.self, bufferingPolicy: .bufferingNewest(2))
        let number = state.withLock { state -> Int? in
            guard !state.isFinished else { return nil }
            state.next += 1
            state.listeners[state.next] = continuation
            return state.next
        }
        if let number {
            continuation.onTermination = { [weak self] _ in self?.remove(number) }
        } else {
            continuation.finish()
        }
        return stream
    }

    func send(_ signal: DispatchSignal) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners {
            if case .dropped(.reconnected) = listener.yield(signal), signal != .reconnected {
                listener.yield(.reconnected)
            }
        }
    }

    /// Ends every stream.
    func finish() {
        let listeners = state.withLock { state in
            state.isFinished = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }

    private func remove(_ number: Int) {
        state.withLock { $0.listeners[number] = nil }
    }
}
