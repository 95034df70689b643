import Model
import Storage
import Synchronization

/// The newest seconds of this node, and a signal for each new one.
final class LiveSamples: Sendable {
    private struct State {
        var samples: [Sample] = []
        /// How many of them, from the end, are not stored yet.
        var unstored = 0
    }

    /// How many seconds are kept while the database cannot take them; older ones are lost then.
    static let capacity = 600
    private static let key = "samples"

    private let state = Mutex(State())
    private let signals = SignalHub()

    func append(_ sample: Sample) {
        state.withLock { state in
            if state.samples.count >= Self.capacity { state.samples.removeFirst(state.samples.count / 10) }
            state.samples.append(sample)
            state.unstored = min(state.unstored + 1, state.samples.count)
        }
        signals.signal([Self.key])
    }

    var newest: Sample? { state.withLock { $0.samples.last } }

    /// Those that began after a moment, oldest first.
    func samples(after moment: Timestamp) -> [Sample] {
        state.withLock { state in Array(state.samples.reversed().prefix { $0.at > moment }.reversed()) }
    }

    /// Those that the database does not have yet, oldest first.
    var unstored: [Sample] { state.withLock { Array($0.samples.suffix($0.unstored)) } }

    /// The database has everything up to this one.
    func stored(through sample: Sample) {
        state.withLock { state in
            guard let index = state.samples.lastIndex(of: sample) else { return }
            state.unstored = min(state.unstored, state.samples.count - index - 1)
        }
    }

    /// Signals that come faster than they are read merge into one.
    func changes() -> AsyncStream<Void> { signals.signals(for: Self.key) }

    /// Ends every stream of ``changes()``.
    func finish() { signals.finish() }
}
