/// When what of the things is to be done that the database is needed for.
struct SampleUpkeep {
    /// One of them, in the order in which they are done.
    enum Task: String, CaseIterable, Sendable {
        /// Shows the others that this process lives.
        case sign
        /// Reads how the queue stands.
        case facts
        /// Stores what was measured.
        case store
        /// Reads what other nodes measured, for those who follow.
        case peers
        /// Makes hours of minutes for nodes that are gone, and forgets what is old.
        case sweep
    }

    private var next: [Task: ContinuousClock.Instant] = [:]
    private var isWatched = false
    private var complainsAt: ContinuousClock.Instant?

    /// What is to be done now.
    ///
    /// - Parameter isFollowed: whether somebody follows live through this process.
    mutating func due(at now: ContinuousClock.Instant, isOn: Bool, isFollowed: Bool) -> [Task] {
        Task.allCases.filter { task in
            if task == .peers, !isFollowed { return false }
            if task == .facts, !isOn { return false }
            // The first sweep waits, so that processes that start together do not sweep together.
            guard let time = next[task] ?? (task == .sweep ? nil : now) else {
                next[task] = now + .seconds(Int.random(in: 20...60))
                return false
            }
            guard now >= time else { return false }
            next[task] = now + interval(of: task)
            return true
        }
    }

    /// A task has been done.
    ///
    /// - Parameter isWatched: what it found out about that; nil when it did not look.
    mutating func ended(_ task: Task, isWatched: Bool?) {
        guard let isWatched else { return }
        if isWatched, !self.isWatched { next[.store] = nil }
        self.isWatched = isWatched
    }

    /// Whether a failure is worth a line in the log: one a minute is.
    mutating func shallComplain(at now: ContinuousClock.Instant) -> Bool {
        if let complainsAt, now < complainsAt { return false }
        complainsAt = now + .seconds(60)
        return true
    }

    private func interval(of task: Task) -> Duration {
        switch task {
        case .sign: .seconds(15)
        case .facts: FactBoard.interval
        case .store: isWatched ? .seconds(2) : .seconds(10)
        case .peers: .seconds(1)
        case .sweep: .seconds(Int.random(in: 240...360))
        }
    }
}
