import Synchronization

/// How many unfinished jobs the store holds, counted at most once a second and raised by what this process adds in between.
///
/// Counting on each submission would cost more the fuller the queue is. With several processes the bound may be passed by
/// what the others add within that second.
final class DepthEstimate: Sendable {
    private struct State {
        var count: Int?
        var countedAt: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// The estimate, or nil when it is time to count again.
    func current(at now: ContinuousClock.Instant) -> Int? {
        state.withLock { state in
            guard let countedAt = state.countedAt, countedAt.duration(to: now) < .seconds(1) else { return nil }
            return state.count
        }
    }

    func counted(_ count: Int, at now: ContinuousClock.Instant) {
        state.withLock { $0 = State(count: count, countedAt: now) }
    }

    func added(_ count: Int) {
        state.withLock { $0.count = ($0.count ?? 0) + count }
    }
}
