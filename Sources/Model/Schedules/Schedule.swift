/// Jobs of one kind that are submitted by the clock.
public struct Schedule: Hashable, Sendable, Codable {
    /// The name of the schedule for programs, unique everywhere.
    public var id: ScheduleID
    /// Whose it is.
    public var workspace: WorkspaceID
    /// The name that people gave it, unique in its workspace.
    public var name: String
    /// What kind of job it submits.
    public var kind: String
    /// The input of each of its jobs.
    public var input: JSONText
    /// The priority of its jobs.
    public var priority: Int
    /// When it is due.
    public var cron: String
    /// The zone whose clocks count: `Asia/Tokyo`.
    public var timeZone: String
    /// What happens to ticks that nobody could fire.
    public var missed: MissedTickPolicy
    /// It submits nothing until it is resumed.
    public var isPaused: Bool
    /// Why it was paused by the server; nil when people paused it.
    public var problem: String?
    /// The next tick; nil when it is paused, or never due again.
    public var nextAt: Timestamp?
    /// The newest tick that submitted a job.
    public var lastAt: Timestamp?
    /// The job of that tick.
    public var lastJob: JobID?
    /// When it was made.
    public var createdAt: Timestamp
    /// When people last changed it.
    public var updatedAt: Timestamp

    private enum CodingKeys: String, CodingKey {
        case id, workspace, name, kind, input, priority, cron, missed, problem
        case timeZone = "time_zone"
        case isPaused = "paused"
        case nextAt = "next_at"
        case lastAt = "last_at"
        case lastJob = "last_job"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    /// A schedule as the store read it.
    public init(
        id: ScheduleID, workspace: WorkspaceID, name: String, kind: String, input: JSONText, priority: Int,
        cron: String, timeZone: String, missed: MissedTickPolicy, isPaused: Bool, problem: String?,
        nextAt: Timestamp?, lastAt: Timestamp?, lastJob: JobID?, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.workspace = workspace
        self.name = name
        self.kind = kind
        self.input = input
        self.priority = priority
        self.cron = cron
        self.timeZone = timeZone
        self.missed = missed
        self.isPaused = isPaused
        self.problem = problem
        self.nextAt = nextAt
        self.lastAt = lastAt
        self.lastJob = lastJob
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// Marks schedule ids.
public enum ScheduleTag: IdentifierKind {
    /// What stands before the digits.
    public static let prefix: String = "sched"
}

/// Names one schedule.
public typealias ScheduleID = Identifier<ScheduleTag>
