import Model
import Storage
import Synchronization

/// Whether this worker does the upkeep for all, and when to try to become the one who does.
///
/// The leader is whoever's session the database names, as long as that session lasts: there is no second lease to keep.
final class Leadership: Sendable {
    private struct State {
        var term: Int64?
        /// When the leader's session ends unless it is renewed, by this process's clock.
        var vacantAt: ContinuousClock.Instant = .now
        /// When the index of ready jobs is to be compared with the database.
        var repairAt: ContinuousClock.Instant = .now
    }

    /// How often the leader makes sure that the index of ready jobs is right.
    private static let repairInterval: Duration = .seconds(30)

    private let state = Mutex(State())
    private let session: WorkerSessionID

    init(_ session: WorkerSessionID) {
        self.session = session
    }

    /// The term in which this worker leads, or nil.
    var term: Int64? { state.withLock { $0.term } }

    /// When to ask for the leadership: nil while this worker has it.
    var candidacy: ContinuousClock.Instant? { state.withLock { $0.term == nil ? $0.vacantAt : nil } }

    /// Learns who leads, as of `asked`.
    func learn(_ leader: Leader, at asked: ContinuousClock.Instant) {
        state.withLock { state in
            state.term = leader.session == session ? leader.term : nil
            state.vacantAt = asked + leader.endsIn
        }
    }

    /// Takes the answer to a candidacy; a worker that another was faster than looks again a little later.
    func won(_ term: Int64?, retryingAfter pause: Duration) {
        state.withLock { state in
            state.term = term
            if term == nil { state.vacantAt = .now + pause }
        }
    }

    /// Whether it is time to repair the index of ready jobs; the next time is then some while away.
    func isRepairDue() -> Bool {
        state.withLock { state in
            guard .now >= state.repairAt else { return false }
            state.repairAt = .now + Self.repairInterval
            return true
        }
    }

    /// The index may have lost what it held.
    func loseIndex() {
        state.withLock { $0.repairAt = .now }
    }
}
