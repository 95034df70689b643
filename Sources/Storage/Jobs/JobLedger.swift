package import Model

/// Keeps the books on jobs in the transactions of the store: bounds, usage, and who outside is told.
///
/// Books are locked in the order of their workspaces, and after the jobs, by everybody; so a transaction calls either function
/// once, with everything that it did.
package protocol JobLedger: Sendable {
    /// Jobs are new, run again or have ended, all in this transaction; a job that is new and has ended takes no room.
    ///
    /// - Throws: `limited` where a bound is reached, with the refusal for the caller as the error's `underlying`. Then nothing of
    ///   the transaction may stay, unless it stored none of the jobs yet.
    func book(_ changes: JobBooking, on connection: any SQLConnection) throws(StorageError)

    /// Runs begin: sets aside what they may use. A run that is not in the answer has no bound.
    func begin(_ runs: [StartedRun], on connection: any SQLConnection) throws(StorageError) -> [JobID: RunAllowance]
}

/// What one transaction did to jobs, for whoever keeps the books.
package struct JobBooking: Sendable {
    /// How many jobs are new, or run again.
    package var submitted: [WorkspaceID: Int]
    /// Runs and jobs that have ended, each once.
    package var ended: [EndedRun]

    package init(submitted: [WorkspaceID: Int] = [:], ended: [EndedRun] = []) {
        self.submitted = submitted
        self.ended = ended
    }

    package var isEmpty: Bool { submitted.isEmpty && ended.isEmpty }

    /// The workspaces in the order in which their books are locked.
    package var workspaces: [WorkspaceID] { Set(submitted.keys).union(ended.map(\.workspace)).sorted() }

    mutating func merge(_ other: JobBooking) {
        submitted.merge(other.submitted, uniquingKeysWith: +)
        ended += other.ended
    }
}

/// A run of a job that begins.
package struct StartedRun: Hashable, Sendable {
    package let job: JobID
    package let workspace: WorkspaceID
    package let kind: String
    /// Which run it is.
    package let epoch: Int64

    package init(job: JobID, workspace: WorkspaceID, kind: String, epoch: Int64) {
        self.job = job
        self.workspace = workspace
        self.kind = kind
        self.epoch = epoch
    }
}

/// How long a run may be that its workspace has a bound for.
package enum RunAllowance: Hashable, Sendable {
    case upTo(Duration)
    /// It may not begin, and none of its workspace before that moment. The reason is for the job's log.
    case none(until: Timestamp, reason: String)
}

/// A run of a job that has ended; also a job that ended without ever running.
package struct EndedRun: Hashable, Sendable {
    package let job: JobID
    package let workspace: WorkspaceID
    package let kind: String
    /// Which run it was; 0 for a job that never ran.
    package let epoch: Int64
    /// How long a worker had it; no longer than its allowance.
    package let lasted: Duration
    /// Whether something was set aside for it when it began.
    package let hadAllowance: Bool
    /// How the job ended; nil for a job that goes on.
    package let state: JobState?
    /// Why it failed.
    package let failure: JobFailure?

    package init(
        job: JobID, workspace: WorkspaceID, kind: String, epoch: Int64, lasted: Duration, hadAllowance: Bool = false,
        state: JobState?, failure: JobFailure? = nil
    ) {
        self.job = job
        self.workspace = workspace
        self.kind = kind
        self.epoch = epoch
        self.lasted = lasted
        self.hadAllowance = hadAllowance
        self.state = state
        self.failure = failure
    }
}
