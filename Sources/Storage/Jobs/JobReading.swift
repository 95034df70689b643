package import Model

/// What the API, the console and the CLI read. Nothing of another workspace is ever found.
package protocol JobReading: Sendable {
    /// One job, or nil.
    func job(_ id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> Job?

    /// Those of some jobs that there are, in no order.
    func jobs(_ ids: [JobID], in workspace: WorkspaceID) async throws(StorageError) -> [Job]

    /// Jobs that match, newest first, older than `before`; at most `limit`.
    func jobs(
        matching filter: JobFilter, in workspace: WorkspaceID, before: JobID?, limit: Int
    ) async throws(StorageError) -> [Job]

    /// Entries of a job's journal after a position, oldest first; at most `limit`. Empty for an unknown job.
    func events(
        of id: JobID, in workspace: WorkspaceID, after position: Int64, type: JobEvent.Kind?, limit: Int
    ) async throws(StorageError) -> [JobEvent]

    /// The steps that a job finished, in the order they finished.
    func steps(of id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> [StepRecord]

    /// The files that a job published, by name.
    func artifacts(of id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> [Artifact]

    /// What a job counts against, and which jobs it still waits for.
    func conditions(of id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> JobConditions

    /// A batch with the states of its jobs, or nil.
    func batch(_ id: BatchID, in workspace: WorkspaceID) async throws(StorageError) -> Batch?

    /// How many jobs of each kind are in each state that is not terminal, over all workspaces: for metrics.
    func depth() async throws(StorageError) -> [JobDepth]

    /// A signal for each change of the job, its progress and its journal. Subscribed before this returns.
    func changes(of id: JobID) -> AsyncStream<Void>

    /// A signal when the list of a workspace's jobs changed: a job came, started or ended.
    func changes(in workspace: WorkspaceID) -> AsyncStream<Void>

    /// The same with the ids of the jobs that it was, as texts: a hint of what to read.
    func changedJobs(in workspace: WorkspaceID) -> ChangedParts
}

/// Which jobs a list holds; empty members match everything.
package struct JobFilter: Hashable, Sendable {
    package var states: Set<JobState>
    package var kind: String?
    package var batch: BatchID?

    package init(states: Set<JobState> = [], kind: String? = nil, batch: BatchID? = nil) {
        self.states = states
        self.kind = kind
        self.batch = batch
    }
}

/// One entry of a job's journal: what happened, in an order without gaps.
package struct JobEvent: Hashable, Sendable, Codable {
    /// 1, 2, 3 … within the job.
    package let position: Int64
    /// The lease under which it happened.
    package let epoch: Int64
    package let type: Kind
    package let data: JSONText
    package let at: Timestamp

    package init(position: Int64, epoch: Int64, type: Kind, data: JSONText, at: Timestamp) {
        self.position = position
        self.epoch = epoch
        self.type = type
        self.data = data
        self.at = at
    }

    /// Types of entries, with the names that live updates use.
    package enum Kind: String, Hashable, Sendable, Codable {
        /// The state or the stage changed: `{"state": …}` or `{"stage": …}`.
        case progress = "job:progress"
        /// The job succeeded, or was canceled: `{"state": …}`.
        case complete = "job:complete"
        /// An attempt or the job failed: a `JobFailure` with the state that follows.
        case error = "job:error"
        /// A line of its log: `{"level": …, "message": …}`.
        case log = "job:log"
    }
}

/// One line of a job's log, the data of a `job:log` event.
package struct LogLine: Hashable, Sendable, Codable {
    /// How much it matters.
    package enum Level: String, Hashable, Sendable, Codable { case debug, info, warning, error }
    package var level: Level
    package var message: String
    package var fields: [String: String]?

    package init(level: Level, message: String, fields: [String: String]? = nil) {
        self.level = level
        self.message = message
        self.fields = fields
    }
}

/// A finished step of a job.
package struct StepRecord: Hashable, Sendable, Codable {
    package let name: String
    /// SHA-256 over everything that the result depends on.
    package let key: String
    /// True when a stored result with the same key was taken instead of running.
    package let reused: Bool
    package let epoch: Int64
    package let startedAt: Timestamp
    package let finishedAt: Timestamp

    package init(name: String, key: String, reused: Bool, epoch: Int64, startedAt: Timestamp, finishedAt: Timestamp) {
        self.name = name
        self.key = key
        self.reused = reused
        self.epoch = epoch
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }

    private enum CodingKeys: String, CodingKey {
        case name, key, reused, epoch
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }
}

/// A file that a job published.
package struct Artifact: Hashable, Sendable, Codable {
    /// Unique within the job: `video.mp4`.
    package let name: String
    /// Its key in the object store.
    package let object: String
    package let contentType: String
    package let size: Int64
    package let sha256: String

    package init(name: String, object: String, contentType: String, size: Int64, sha256: String) {
        self.name = name
        self.object = object
        self.contentType = contentType
        self.size = size
        self.sha256 = sha256
    }
}

/// Jobs that were submitted together.
package struct Batch: Hashable, Sendable, Codable {
    package let id: BatchID
    package let kind: String
    package let size: Int
    /// How many of its jobs are in each state; they add up to `size`.
    package let states: [String: Int]
    package let createdAt: Timestamp

    package init(id: BatchID, kind: String, size: Int, states: [String: Int], createdAt: Timestamp) {
        self.id = id
        self.kind = kind
        self.size = size
        self.states = states
        self.createdAt = createdAt
    }

    /// Whether every job has finished, well or not.
    package var isFinished: Bool {
        states.allSatisfy { JobState(rawValue: $0.key)?.isTerminal ?? false }
    }

    private enum CodingKeys: String, CodingKey {
        case id, kind, size, states
        case createdAt = "created_at"
    }
}

/// How many jobs of one kind are in one state.
package struct JobDepth: Hashable, Sendable {
    package let kind: String
    package let state: JobState
    package let count: Int

    package init(kind: String, state: JobState, count: Int) {
        self.kind = kind
        self.state = state
        self.count = count
    }
}
