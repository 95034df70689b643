package import Model

/// What a worker does to jobs. Every write carries the lease's epoch and is refused with `fenced` when somebody else owns
/// the job by now.
package protocol JobLeases: Sendable {
    /// Takes up to `limit` ready jobs of the given kinds, best first.
    func claim(
        kinds: [String], limit: Int, for session: WorkerSessionID
    ) async throws(StorageError) -> [LeasedJob]

    /// Adds to the job's journal, steps and artifacts, all or nothing.
    ///
    /// - Returns: whether somebody asked the job to stop.
    func record(_ updates: [JobUpdate], under lease: JobLease) async throws(StorageError) -> Bool

    /// Ends leases, in one transaction. Repeating one after a lost reply changes nothing and succeeds.
    ///
    /// - Returns: for each ending why it was refused, or nil; a refused one does not hold up the others.
    func finish(_ endings: [LeaseEnding]) async throws(StorageError) -> [StorageError?]

    /// The stored result of a step in the workspace, whichever job ran it.
    func stepResult(_ key: String, in workspace: WorkspaceID) async throws(StorageError) -> JSONText?

    /// Measured speed of a stage, by a key of its own.
    func stageRates(_ keys: [String]) async throws(StorageError) -> [String: StageRate]

    /// A signal when jobs became ready. Subscribed before this returns.
    func readySignals() -> AsyncStream<Void>
}

extension JobLeases {
    /// Ends one lease.
    ///
    /// - Throws: `fenced` when somebody else owns the job by now, or it has ended otherwise.
    package func finish(_ outcome: JobOutcome, under lease: JobLease) async throws(StorageError) {
        if let refusal = try await finish([LeaseEnding(outcome, under: lease)]).first ?? nil { throw refusal }
    }
}

/// How one lease ends.
package struct LeaseEnding: Sendable {
    package let outcome: JobOutcome
    package let lease: JobLease

    package init(_ outcome: JobOutcome, under lease: JobLease) {
        self.outcome = outcome
        self.lease = lease
    }
}

/// The right to work on a job: at most one valid at any time.
package struct JobLease: Hashable, Sendable {
    package let job: JobID
    package let workspace: WorkspaceID
    /// The fencing token.
    package let epoch: Int64

    package init(job: JobID, workspace: WorkspaceID, epoch: Int64) {
        self.job = job
        self.workspace = workspace
        self.epoch = epoch
    }
}

/// A job with the lease under which the caller may work on it.
package struct LeasedJob: Sendable {
    package let job: Job
    package var lease: JobLease { .init(job: job.id, workspace: job.workspace, epoch: job.epoch) }
    /// How long it was ready before it was claimed.
    package let waited: Duration
    /// The longest that this run may be; nil where only its kind bounds it.
    package let allowance: Duration?

    package init(job: Job, waited: Duration, allowance: Duration? = nil) {
        self.job = job
        self.waited = waited
        self.allowance = allowance
    }
}

/// One write of a worker.
package enum JobUpdate: Sendable {
    /// Replaces the progress; percent never goes back.
    case progress(JobProgress)
    case log(LogLine)
    /// A new stage began: progress and an entry in the journal.
    case stage(JobProgress)
    /// A step finished; `result` is nil when it was reused.
    case step(StepRecord, result: JSONText?)
    /// A file is published; a later one of the same name replaces it.
    case artifact(Artifact)
    /// A stage was measured.
    case rate(key: String, units: Double, seconds: Double)
}

/// How a lease ends.
package enum JobOutcome: Sendable {
    case succeeded(JSONText)
    /// Runs again after the delay.
    case retry(JobFailure, after: Duration)
    case dead(JobFailure)
    case canceled
    /// Goes back untouched.
    case handedBack
}

/// Measured speed of a stage.
package struct StageRate: Hashable, Sendable {
    package let samples: Int
    package let secondsPerUnit: Double

    package init(samples: Int, secondsPerUnit: Double) {
        self.samples = samples
        self.secondsPerUnit = secondsPerUnit
    }
}
