import Model

/// What the database knows about all jobs at once. Costs more the more jobs wait, so it is read seldom, and by one node for
/// all.
struct QueueFacts: Hashable, Sendable {
    /// How many jobs are in each state that is not terminal.
    var states: [JobState: Int] = [:]
    /// How long the oldest job that could run has waited; nil when none does.
    var lag: Duration?
    /// Worker processes that are alive.
    var workers = 0
    /// The workspaces that have or want most.
    var shares: [WorkspaceShare] = []
    var fairness: Double?
    /// When this was true, by this process's clock.
    var readAt: ContinuousClock.Instant

    /// Facts that are older than this are no longer shown.
    static let lifetime: Duration = .seconds(600)

    func add(to sample: inout Rollup, at now: ContinuousClock.Instant) {
        let age = readAt.duration(to: now)
        guard age <= Self.lifetime else { return }
        let gauges: [(Gauge, JobState)] = [
            (.jobsScheduled, .scheduled), (.jobsBlocked, .blocked), (.jobsParked, .parked), (.jobsReady, .ready),
            (.jobsRunning, .leased),
        ]
        for (gauge, state) in gauges { sample.set(gauge, Double(states[state] ?? 0)) }
        sample.set(.queueLag, (lag ?? .zero).fractionalSeconds * 1_000)
        sample.set(.queueAge, max(0, age.fractionalSeconds * 1_000))
        sample.set(.workers, Double(workers))
        if let fairness { sample.set(.fairness, fairness) }
        sample.shares = WorkspaceShare.top(shares)
    }
}
