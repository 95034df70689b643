package import Model

/// What the API does to jobs.
package protocol JobSubmissions: Sendable {
    /// Stores jobs so that they survive any crash after the return, and wakes a worker.
    ///
    /// A job whose idempotency key is known in its workspace and kind is not stored again: the first one comes back, marked
    /// as existing. All of `jobs` or none are stored.
    ///
    /// - Parameter maximumDepth: the most unfinished jobs that the store may hold afterwards.
    /// - Throws: `conflict` when the key was used with another input, `full` at `maximumDepth`.
    func submit(_ jobs: [NewJob], maximumDepth: Int) async throws(StorageError) -> [SubmittedJob]

    /// Stores a batch and its jobs, like `submit`. The batch has the idempotency key; its jobs have none.
    func submit(_ batch: NewBatch, maximumDepth: Int) async throws(StorageError) -> SubmittedBatch

    /// Ends a job that no worker owns at once; asks the owner of a leased one to stop. A finished job stays as it is.
    ///
    /// - Throws: `notFound`.
    func cancel(_ id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> Job

    /// Runs a dead, canceled or expired job again with a new set of attempts; finished steps stay finished.
    ///
    /// - Throws: `notFound`; `conflict` for a job in any other state.
    func replay(_ id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> Job
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
    /// How long to wait before it may run.
    package var delay: Duration
    package var idempotencyKey: String?
    /// SHA-256 of the input in hexadecimal: what "the same input" means for the key.
    package var inputHash: String
    /// The id of the request that submitted it, for logs.
    package var request: String?

    package init(
        id: JobID = JobID(), workspace: WorkspaceID, kind: String, input: JSONText, inputHash: String,
        priority: Int = 0, maxAttempts: Int = 5, delay: Duration = .zero, idempotencyKey: String? = nil,
        request: String? = nil
    ) {
        self.id = id
        self.workspace = workspace
        self.kind = kind
        self.input = input
        self.inputHash = inputHash
        self.priority = priority
        self.maxAttempts = maxAttempts
        self.delay = delay
        self.idempotencyKey = idempotencyKey
        self.request = request
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
    package var idempotencyKey: String?
    package var inputHash: String

    package init(
        id: BatchID = BatchID(), workspace: WorkspaceID, kind: String, jobs: [NewJob], idempotencyKey: String? = nil,
        inputHash: String
    ) {
        self.id = id
        self.workspace = workspace
        self.kind = kind
        self.jobs = jobs
        self.idempotencyKey = idempotencyKey
        self.inputHash = inputHash
    }
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
