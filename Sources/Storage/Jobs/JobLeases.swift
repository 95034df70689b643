package import Model

/// What a worker does to jobs. Every write carries the lease's epoch and is refused with `fenced` when somebody else owns
/// the job by now.
package protocol JobLeases: Sendable {
    /// Announces a worker process. Sessions of processes on the same host that are known to be dead end at once.
    func openSession(_ session: WorkerSession, lasting: Duration) async throws(StorageError)

    /// Extends the session and with it every lease it holds.
    ///
    /// - Returns: what it holds and who leads; nil when the session has lapsed: all its leases are lost.
    func renewSession(_ id: WorkerSessionID, lasting: Duration) async throws(StorageError) -> SessionRenewal?

    /// What a renewal returns, without renewing; nil when the session has lapsed. Only reads.
    func look(at id: WorkerSessionID) async throws(StorageError) -> SessionRenewal?

    /// Makes the session the leader that does the upkeep, unless a session that lasts is it already.
    ///
    /// - Returns: the term, which grows with each leader; nil when there is another.
    func lead(_ id: WorkerSessionID) async throws(StorageError) -> Int64?

    /// Ends the session; its remaining jobs go back without spending an attempt.
    func closeSession(_ id: WorkerSessionID) async throws(StorageError)

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

    /// Moves on what time has moved: lapsed leases, due jobs, expired keys; and mends what a crash left undone. Safe to call
    /// in any process at any time.
    ///
    /// - Parameter term: with a term, only while its leader leads.
    /// - Throws: `fenced` when there is a newer leader.
    func sweep(inTerm term: Int64?) async throws(StorageError) -> SweepReport

    /// The stored result of a step in the workspace, whichever job ran it.
    func stepResult(_ key: String, in workspace: WorkspaceID) async throws(StorageError) -> JSONText?

    /// Measured speed of a stage, by a key of its own.
    func stageRates(_ keys: [String]) async throws(StorageError) -> [String: StageRate]

    /// A signal when jobs became ready. Subscribed before this returns.
    func readySignals() -> AsyncStream<Void>

    /// A signal when one of the session's jobs was asked to stop.
    func stopSignals(for session: WorkerSessionID) -> AsyncStream<Void>
}

extension JobLeases {
    /// Ends one lease.
    ///
    /// - Throws: `fenced` when somebody else owns the job by now, or it has ended otherwise.
    package func finish(_ outcome: JobOutcome, under lease: JobLease) async throws(StorageError) {
        if let refusal = try await finish([LeaseEnding(outcome, under: lease)]).first ?? nil { throw refusal }
    }

    /// Moves on what time has moved, whoever leads.
    @discardableResult
    package func sweep() async throws(StorageError) -> SweepReport { try await sweep(inTerm: nil) }
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

/// What a session is told when it is renewed.
package struct SessionRenewal: Hashable, Sendable {
    /// The leases that it still holds, each with whether its job should stop.
    package let notices: [LeaseNotice]
    package let leader: Leader

    package init(notices: [LeaseNotice], leader: Leader) {
        self.notices = notices
        self.leader = leader
    }
}

/// The session that does the upkeep for all.
package struct Leader: Hashable, Sendable {
    /// Nil before there was one.
    package let session: WorkerSessionID?
    package let term: Int64
    /// How long its session lasts unless it is renewed.
    package let endsIn: Duration

    package init(session: WorkerSessionID?, term: Int64, endsIn: Duration) {
        self.session = session
        self.term = term
        self.endsIn = endsIn
    }
}

/// One run of one worker process.
package struct WorkerSession: Hashable, Sendable {
    package let id: WorkerSessionID
    /// Where the process runs: sessions of the same place can judge whether the process is alive.
    package let host: String
    /// The process within the place, so that a reused process number is not the same.
    package let process: String
    /// Processes of this host's earlier sessions that are certainly dead, among those the store may hold.
    package let isAlive: @Sendable (_ process: String) -> Bool

    package init(
        id: WorkerSessionID, host: String, process: String, isAlive: @escaping @Sendable (_ process: String) -> Bool
    ) {
        self.id = id
        self.host = host
        self.process = process
        self.isAlive = isAlive
    }

    package static func == (left: Self, right: Self) -> Bool { left.id == right.id }
    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
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

    package init(job: Job, waited: Duration) {
        self.job = job
        self.waited = waited
    }
}

/// What a renewal says about one lease.
package struct LeaseNotice: Hashable, Sendable {
    package let lease: JobLease
    package let cancelRequested: Bool

    package init(lease: JobLease, cancelRequested: Bool) {
        self.lease = lease
        self.cancelRequested = cancelRequested
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

/// What a sweep moved.
package struct SweepReport: Hashable, Sendable {
    /// Leases that lapsed.
    package var lost: Int
    /// Jobs whose time came.
    package var due: Int
    /// Jobs whose deadline passed.
    package var expired: Int
    /// The next time at which a scheduled job is due.
    package var nextDue: Timestamp?
    /// How far away that is by the store's clock; not above zero when more are due than one sweep moves.
    package var untilDue: Duration?

    package init(
        lost: Int = 0, due: Int = 0, expired: Int = 0, nextDue: Timestamp? = nil, untilDue: Duration? = nil
    ) {
        self.lost = lost
        self.due = due
        self.expired = expired
        self.nextDue = nextDue
        self.untilDue = untilDue
    }
}
