/// What a caller may do. Every operation of the API names exactly one, or says that it is open.
public enum Permission: String, Hashable, Sendable, Codable, CaseIterable {
    case jobsRead = "jobs:read"
    case jobsWrite = "jobs:write"
    case workersRun = "workers:run"
    case queuesRead = "queues:read"
    case queuesWrite = "queues:write"
    case schedulesRead = "schedules:read"
    case schedulesWrite = "schedules:write"
}
