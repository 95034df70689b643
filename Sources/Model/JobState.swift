/// Where a job stands. The arrows between the states are in ``JobLifecycle``.
public enum JobState: String, Hashable, Sendable, Codable, CaseIterable {
    /// Waits for a time: a delay, a retry.
    case scheduled
    /// Waits for other jobs.
    case blocked
    /// Could run, but a cap, a pause or an open breaker holds it.
    case parked
    /// The next free worker takes it.
    case ready
    /// A worker owns it.
    case leased
    /// Finished with a result.
    case succeeded
    /// Failed for good: out of attempts, not worth a retry, or lost its worker three times.
    case dead
    /// Ended on request.
    case canceled
    /// Not started before its deadline.
    case expired

    /// Nothing happens any more, unless somebody replays the job.
    public var isTerminal: Bool {
        switch self {
        case .succeeded, .dead, .canceled, .expired: true
        case .scheduled, .blocked, .parked, .ready, .leased: false
        }
    }
}
