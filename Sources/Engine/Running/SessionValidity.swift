import Synchronization

/// Until when a session certainly lasts, by this process's own clock: counted from before the database was asked, and with
/// time to spare for handlers to stop.
final class SessionValidity: Sendable {
    private let last: Mutex<ContinuousClock.Instant>
    private let duration: Duration

    init(settings: Worker.Settings, since asked: ContinuousClock.Instant) {
        last = Mutex(asked)
        duration = settings.lease - settings.renewal / 2
    }

    var end: ContinuousClock.Instant { last.withLock { $0 } + duration }

    func renewed(at asked: ContinuousClock.Instant) {
        last.withLock { $0 = max($0, asked) }
    }
}
