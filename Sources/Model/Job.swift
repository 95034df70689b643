/// A job as people and programs see it.
public struct Job: Hashable, Sendable, Codable {
    /// The name of the job for the API, unique everywhere.
    public var id: JobID
    /// Whose job it is.
    public var workspace: WorkspaceID
    /// What kind of work it is.
    public var kind: String
    /// Where it stands.
    public var state: JobState
    /// -100 to 100; higher runs earlier within its workspace.
    public var priority: Int
    /// The input, a JSON object in text form.
    public var input: JSONText
    /// The result of a succeeded job.
    public var result: JSONText?
    /// Why the last attempt failed.
    public var failure: JobFailure?
    /// How far the work is, once it has begun.
    public var progress: JobProgress?
    /// The fencing token of the latest lease.
    public var epoch: Int64
    /// Leases that count against `maxAttempts`.
    public var attempt: Int
    /// How many attempts it has.
    public var maxAttempts: Int
    /// How many workers vanished while they owned it.
    public var lost: Int
    /// Somebody asked to end it; its owner has been told.
    public var cancelRequested: Bool
    /// The batch that it came with.
    public var batch: BatchID?
    /// The position of the newest entry of its journal.
    public var position: Int64
    /// The request that submitted it.
    public var request: String?
    /// The trace that it belongs to, a W3C `traceparent`.
    public var trace: String?
    /// When it was submitted.
    public var createdAt: Timestamp
    /// When it may run at the earliest.
    public var runAt: Timestamp
    /// When it was first claimed.
    public var startedAt: Timestamp?
    /// When it reached a terminal state.
    public var finishedAt: Timestamp?

    private enum CodingKeys: String, CodingKey {
        case id, workspace, kind, state, priority, input, result, progress, epoch, attempt, lost, batch, position, trace
        case failure = "error"
        case request = "request_id"
        case maxAttempts = "max_attempts"
        case cancelRequested = "cancel_requested"
        case createdAt = "created_at"
        case runAt = "run_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }

    /// A job as the store read it.
    public init(
        id: JobID, workspace: WorkspaceID, kind: String, state: JobState, priority: Int, input: JSONText,
        result: JSONText?, failure: JobFailure?, progress: JobProgress?, epoch: Int64, attempt: Int, maxAttempts: Int,
        lost: Int, cancelRequested: Bool, batch: BatchID?, position: Int64, request: String?, trace: String? = nil,
        createdAt: Timestamp, runAt: Timestamp, startedAt: Timestamp?, finishedAt: Timestamp?
    ) {
        self.id = id
        self.workspace = workspace
        self.kind = kind
        self.state = state
        self.priority = priority
        self.input = input
        self.result = result
        self.failure = failure
        self.progress = progress
        self.epoch = epoch
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.lost = lost
        self.cancelRequested = cancelRequested
        self.batch = batch
        self.position = position
        self.request = request
        self.trace = trace
        self.createdAt = createdAt
        self.runAt = runAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}

extension Job {
    /// The id of the trace that it belongs to: 32 hexadecimal digits, for logs.
    public var traceID: String? {
        let parts = trace?.split(separator: "-") ?? []
        return parts.count == 4 ? String(parts[1]) : nil
    }
}
