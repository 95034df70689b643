/// The rules of a job's life: which event moves it from which state to which, and what that does to its counters.
///
/// The store's SQL performs these transitions under guards that say the same; `docs/engine.md` draws them, and tests compare
/// all three.
public struct JobLifecycle: Hashable, Sendable {
    /// Where the job stands.
    public private(set) var state: JobState
    /// Grows with every lease and never shrinks: the fencing token of the owner.
    public private(set) var epoch: Int64
    /// Leases that count against `maxAttempts`.
    public private(set) var attempt: Int
    /// Leases that ended because the worker vanished.
    public private(set) var lost: Int
    /// How many attempts a job has.
    public let maxAttempts: Int

    /// A job whose worker vanished this often is poison: it is dead, whatever attempts are left.
    public static let maxLost: Int = 3

    /// A job as it enters the store.
    public init(entering state: JobState, maxAttempts: Int) {
        self.init(state: state, epoch: 0, attempt: 0, lost: 0, maxAttempts: maxAttempts)
    }

    /// A job as the store holds it.
    public init(state: JobState, epoch: Int64, attempt: Int, lost: Int, maxAttempts: Int) {
        self.state = state
        self.epoch = epoch
        self.attempt = attempt
        self.lost = lost
        self.maxAttempts = maxAttempts
    }

    /// States in which a new job may enter.
    public static let entrances: Set<JobState> = [.scheduled, .blocked, .parked]

    /// Something that happens to a job.
    public enum Event: Hashable, Sendable {
        /// Its time has come, by the store's clock.
        case due
        /// The last job it waited for finished.
        case unblocked
        /// A slot is free in its lane.
        case promote
        /// Its queue was paused or its cap lowered.
        case park
        /// A worker takes it.
        case claim
        /// Its owner reports success.
        case succeed(epoch: Int64)
        /// Its owner reports a failure; `retryable` failures run again while attempts are left.
        case fail(epoch: Int64, retryable: Bool)
        /// Its owner reports that it stopped on request.
        case stop(epoch: Int64)
        /// Its owner gives it back untouched, because it is shutting down.
        case handBack(epoch: Int64)
        /// The lease lapsed.
        case loseWorker
        /// Somebody asks to end it.
        case cancel
        /// Its deadline passed before it started.
        case expire
        /// Somebody asks to run it again from the start.
        case replay
    }

    /// What came of an event.
    public enum Outcome: Hashable, Sendable {
        case moved(to: JobState)
        /// The owner must be told to stop; the state changes when it answers.
        case askOwnerToStop
        /// The caller lost the job to a newer owner.
        case refusedStaleEpoch
        /// The table of transitions has no such arrow.
        case refused
    }

    /// Applies `event`. A refused event changes nothing.
    public mutating func handle(_ event: Event) -> Outcome {
        switch (event, state) {
        case (.due, .scheduled), (.park, .ready):
            return move(to: .parked)
        case (.unblocked, .blocked):
            return move(to: .scheduled)
        case (.promote, .parked):
            return move(to: .ready)
        case (.claim, .ready):
            epoch += 1
            attempt += 1
            return move(to: .leased)
        case (.succeed(let token), .leased):
            return owned(token) { $0.move(to: .succeeded) }
        case (.fail(let token, let retryable), .leased):
            return owned(token) { $0.move(to: retryable && $0.attempt < $0.maxAttempts ? .scheduled : .dead) }
        case (.stop(let token), .leased):
            return owned(token) { $0.move(to: .canceled) }
        case (.handBack(let token), .leased):
            return owned(token) {
                $0.attempt -= 1
                return $0.move(to: .parked)
            }
        case (.loseWorker, .leased):
            lost += 1
            return move(to: lost >= Self.maxLost ? .dead : .scheduled)
        case (.cancel, .leased):
            return .askOwnerToStop
        case (.cancel, .scheduled), (.cancel, .blocked), (.cancel, .parked), (.cancel, .ready):
            return move(to: .canceled)
        case (.expire, .scheduled), (.expire, .blocked), (.expire, .parked), (.expire, .ready):
            return move(to: .expired)
        case (.replay, .dead), (.replay, .canceled), (.replay, .expired):
            attempt = 0
            lost = 0
            return move(to: .scheduled)
        default:
            return .refused
        }
    }

    private mutating func move(to next: JobState) -> Outcome {
        state = next
        return .moved(to: next)
    }

    private mutating func owned(_ token: Int64, _ action: (inout Self) -> Outcome) -> Outcome {
        token == epoch ? action(&self) : .refusedStaleEpoch
    }
}
