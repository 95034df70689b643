package import Model

/// What the API does to jobs.
package protocol JobSubmissions: Sendable {
    /// Stores jobs so that they survive any crash after the return, and wakes a worker.
    ///
    /// A job whose idempotency key is known in its workspace and kind is not stored again: the first one comes back, marked
    /// as existing. All of `jobs` or none are stored.
    ///
    /// - Parameter bounds: the most unfinished jobs that the store may hold afterwards.
    /// - Throws: `conflict` when the key was used with another input; `full` at a bound, and for a queue that is drained.
    func submit(_ jobs: [NewJob], within bounds: DepthBounds) async throws(StorageError) -> [SubmittedJob]

    /// Stores jobs like `submit`, in one transaction with what `body` stores: afterwards both are there, or neither.
    ///
    /// - Parameter body: gets the transaction and the jobs, of which some may have been there. What it throws undoes
    ///   everything. It may run again when the database undid it, so it must do nothing but talk to the database.
    /// - Returns: what `body` returns.
    func submit<Value: Sendable>(
        _ jobs: [NewJob], within bounds: DepthBounds,
        alongside body: @escaping @Sendable (any SQLConnection, [SubmittedJob]) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value

    /// Stores a batch and its jobs, like `submit`. The batch has the idempotency key; its jobs have none.
    func submit(_ batch: NewBatch, within bounds: DepthBounds) async throws(StorageError) -> SubmittedBatch

    /// Ends a job that no worker owns at once; asks the owner of a leased one to stop. A finished job stays as it is.
    ///
    /// - Throws: `notFound`.
    func cancel(_ id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> Job

    /// Runs a dead, canceled or expired job again with a new set of attempts; finished steps stay finished.
    ///
    /// - Throws: `notFound`; `conflict` for a job in any other state.
    /// - Parameter input: replaces the input, which the caller has checked; nil leaves it.
    func replay(_ id: JobID, in workspace: WorkspaceID, input: JSONText?) async throws(StorageError) -> Job
}

extension JobSubmissions {
    /// Stores jobs with a bound for all of them alone.
    package func submit(_ jobs: [NewJob], maximumDepth: Int) async throws(StorageError) -> [SubmittedJob] {
        try await submit(jobs, within: DepthBounds(total: maximumDepth))
    }

    /// Stores a batch with a bound for all jobs alone.
    package func submit(_ batch: NewBatch, maximumDepth: Int) async throws(StorageError) -> SubmittedBatch {
        try await submit(batch, within: DepthBounds(total: maximumDepth))
    }

    /// Runs a dead, canceled or expired job again with the input that it has.
    package func replay(_ id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> Job {
        try await replay(id, in: workspace, input: nil)
    }
}

/// A job to store.
package struct NewJob: Sendable {
    package var id: JobID
    package var workspace: WorkspaceID
    package var kind: String
    package var input: JSONText
    /// Higher runs first, within a workspace.
    package var priority: Int
    package var maxAttempts: Int
    /// How urgent its kind is.
    package var band: Band
    /// How long to wait before it may run.
    package var delay: Duration
    /// It does not run before; counts when it is later than `delay` is.
    package var notBefore: Timestamp?
    /// It ends unrun when no worker has taken it by then.
    package var expiresAfter: Duration?
    /// What it counts against while it is ready or runs.
    package var caps: [Cap]
    /// It waits for the end of these, jobs of its own workspace.
    package var needs: [JobID]
    package var whenNeedFails: DependencyPolicy
    package var idempotencyKey: String?
    /// SHA-256 of the input in hexadecimal: what "the same input" means for the key.
    package var inputHash: String
    /// The id of the request that submitted it, for logs.
    package var request: String?
    /// The trace that it belongs to, a W3C `traceparent`.
    package var trace: String?

    package init(
        id: JobID = JobID(), workspace: WorkspaceID, kind: String, input: JSONText, inputHash: String,
        priority: Int = 0, maxAttempts: Int = 5, band: Band = .batch, delay: Duration = .zero,
        notBefore: Timestamp? = nil, expiresAfter: Duration? = nil, caps: [Cap] = [], needs: [JobID] = [],
        whenNeedFails: DependencyPolicy = .cancel, idempotencyKey: String? = nil, request: String? = nil,
        trace: String? = nil
    ) {
        self.id = id
        self.workspace = workspace
        self.kind = kind
        self.input = input
        self.inputHash = inputHash
        self.priority = priority
        self.maxAttempts = maxAttempts
        self.band = band
        self.delay = delay
        self.notBefore = notBefore
        self.expiresAfter = expiresAfter
        self.caps = caps
        self.needs = needs
        self.whenNeedFails = whenNeedFails
        self.idempotencyKey = idempotencyKey
        self.request = request
        self.trace = trace
    }
}

/// A job that is stored now or was before.
package struct SubmittedJob: Sendable {
    package let job: Job
    /// True when an earlier submission with the same key stored it.
    package let existing: Bool

    package init(job: Job, existing: Bool) {
        self.job = job
        self.existing = existing
    }
}

/// A batch to store.
package struct NewBatch: Sendable {
    package var id: BatchID
    package var workspace: WorkspaceID
    package var kind: String
    /// In order; at most 1,000.
    package var jobs: [NewJob]
    /// Runs once all of them have ended, however they did; its id is ``BatchID/gatheringJob``.
    package var gathering: NewJob?
    package var idempotencyKey: String?
    package var inputHash: String

    package init(
        id: BatchID = BatchID(), workspace: WorkspaceID, kind: String, jobs: [NewJob], gathering: NewJob? = nil,
        idempotencyKey: String? = nil, inputHash: String
    ) {
        self.id = id
        self.workspace = workspace
        self.kind = kind
        self.jobs = jobs
        self.gathering = gathering.map { job in
            var job = job
            job.id = id.gatheringJob
            job.needs = jobs.map(\.id)
            job.whenNeedFails = .run
            return job
        }
        self.idempotencyKey = idempotencyKey
        self.inputHash = inputHash
    }
}

extension BatchID {
    /// The id of the job that gathers what the batch made, where it has one: the same digits.
    package var gatheringJob: JobID { JobID(uuid: uuid) }
}

/// A batch that is stored now or was before.
package struct SubmittedBatch: Sendable {
    package let batch: Batch
    package let existing: Bool

    package init(batch: Batch, existing: Bool) {
        self.batch = batch
        self.existing = existing
    }
}
