import Model
import Storage
import Synchronization

/// The jobs that one worker runs right now, its free slots, and the signals that wake its claim loop.
final class RunningJobs: Sendable {
    private struct State {
        var jobs: [JobLease: StopSwitch] = [:]
        var isDraining = false
        var sessionLost = false
        var retrySoon = false
        /// Claims that were begun, and whether the newest is still under way.
        var claims = 0
        var isClaiming = false
        var wake: AsyncStream<Void>.Continuation?
    }

    private let state = Mutex(State())
    private let slots: Int

    init(slots: Int) {
        self.slots = slots
    }

    var isDraining: Bool { state.withLock { $0.isDraining } }
    /// Nothing more may be claimed under this session.
    var hasEnded: Bool { state.withLock { $0.isDraining || $0.sessionLost } }
    var isEmpty: Bool { state.withLock { $0.jobs.isEmpty } }
    var freeSlots: Int { state.withLock { slots - $0.jobs.count } }

    /// Starts a session: a stream that signals when claiming may succeed, with one signal in it.
    func openSession() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { state in
            state.sessionLost = false
            state.wake = continuation
        }
        continuation.yield()
        return stream
    }

    func wake() {
        _ = state.withLock { $0.wake }?.yield()
    }

    /// Asks for another try at the next sweep, because claiming failed.
    func retrySoon() {
        state.withLock { $0.retrySoon = true }
    }

    func takeRetry() -> Bool {
        state.withLock { state in
            defer { state.retrySoon = false }
            return state.retrySoon
        }
    }

    /// Says that jobs are being claimed, until ``endClaim()``: what the session holds is not all known here meanwhile.
    func beginClaim() {
        state.withLock { state in
            state.claims += 1
            state.isClaiming = true
        }
    }

    func endClaim() {
        state.withLock { $0.isClaiming = false }
    }

    /// Takes a claimed job; a claim that comes back after the session was lost starts nothing.
    func start(_ lease: JobLease) -> StopSwitch {
        let stop = StopSwitch()
        let isLost = state.withLock { state in
            state.jobs[lease] = stop
            return state.sessionLost
        }
        if isLost { stop.stop(.leaseLost) }
        return stop
    }

    func finish(_ lease: JobLease) {
        state.withLock { $0.jobs[lease] = nil }
        wake()
    }

    func beginDraining() {
        state.withLock { $0.isDraining = true }
        wake()
    }

    /// Every lease is over.
    func loseSession() {
        state.withLock { $0.sessionLost = true }
        stopAll(.leaseLost)
        wake()
    }

    func stopAll(_ reason: StopSwitch.Reason) {
        for stop in state.withLock({ Array($0.jobs.values) }) { stop.stop(reason) }
    }

    /// What ran before the database was asked what the session holds.
    struct Look: Sendable {
        fileprivate let held: Set<JobLease>
        /// The number of claims so far; nil while one is under way.
        fileprivate let claims: Int?
    }

    func look() -> Look {
        state.withLock { Look(held: Set($0.jobs.keys), claims: $0.isClaiming ? nil : $0.claims) }
    }

    /// Stops what the notices say must stop: canceled jobs, and jobs that are no longer ours.
    ///
    /// - Returns: leases of this session that nobody here works under, because the reply to a claim or to an outcome was
    ///   lost. They must go back, or their jobs wait as long as this process lives.
    func apply(_ notices: [LeaseNotice], since look: Look) -> [JobLease] {
        let noticed = Dictionary(notices.map { ($0.lease, $0) }, uniquingKeysWith: { first, _ in first })
        let (jobs, knowsAll) = state.withLock { state in
            (state.jobs, look.claims == state.claims && !state.isClaiming)
        }
        for (lease, stop) in jobs where look.held.contains(lease) {
            if let notice = noticed[lease] {
                if notice.cancelRequested { stop.stop(.canceled) }
            } else {
                stop.stop(.leaseLost)
            }
        }
        guard knowsAll else { return [] }
        return noticed.keys.filter { jobs[$0] == nil && !look.held.contains($0) }
    }
}
