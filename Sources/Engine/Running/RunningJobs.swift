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
    var leases: Set<JobLease> { state.withLock { Set($0.jobs.keys) } }

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

    func start(_ lease: JobLease) -> StopSwitch {
        let stop = StopSwitch()
        state.withLock { $0.jobs[lease] = stop }
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

    /// Stops what a renewal says must stop: canceled jobs, and jobs of `held` that are no longer ours.
    func apply(_ notices: [LeaseNotice], to held: Set<JobLease>) {
        let byJob = Dictionary(notices.map { ($0.job, $0) }, uniquingKeysWith: { first, _ in first })
        for (lease, stop) in state.withLock({ $0.jobs }) where held.contains(lease) {
            if let notice = byJob[lease.job], notice.epoch == lease.epoch {
                if notice.cancelRequested { stop.stop(.canceled) }
            } else {
                stop.stop(.leaseLost)
            }
        }
    }
}
