import Foundation
import Model
import NIOHTTP1

extension ServerClient {
    func schedules() async throws -> Answer<PageDocument<ScheduleDocument>> {
        try Answer(await call(.GET, "/api/v1/schedules"))
    }

    func schedule(_ name: String) async throws -> Answer<ScheduleDocument> {
        try Answer(await call(.GET, path(name)))
    }

    func put(_ request: ScheduleRequest, as name: String) async throws -> Answer<ScheduleDocument> {
        try Answer(await call(.PUT, path(name), json: request))
    }

    /// - Parameter verb: `pause` or `resume`.
    func schedule(_ name: String, _ verb: String) async throws -> Answer<ScheduleDocument> {
        try Answer(await call(.POST, path(name, verb)))
    }

    func runSchedule(_ name: String, idempotencyKey: String?) async throws -> Answer<JobDocument> {
        try Answer(
            await call(.POST, path(name, "run"), headers: idempotencyKey.map { [("Idempotency-Key", $0)] } ?? []))
    }

    func ticks(of name: String, count: Int) async throws -> Answer<PageDocument<TickDocument>> {
        try Answer(await call(.GET, path(name, "next"), query: ["count": String(count)]))
    }

    func removeSchedule(_ name: String) async throws {
        _ = try await call(.DELETE, path(name))
    }

    private func path(_ name: String, _ verb: String? = nil) -> String {
        "/api/v1/schedules/\(name.pathComponent)" + (verb.map { "/\($0)" } ?? "")
    }
}

/// A schedule to store, as the API takes it.
struct ScheduleRequest: Encodable, Sendable {
    var kind: String
    var input: JSONText
    var cron: String
    var timeZone: String?
    var missed: String?
    var priority: Int?

    private enum CodingKeys: String, CodingKey {
        case kind, input, cron, missed, priority
        case timeZone = "time_zone"
    }
}

/// A schedule as the API shows it.
struct ScheduleDocument: Decodable, Sendable {
    let name: String
    let kind: String
    let input: JSONText
    let priority: Int
    let cron: String
    let timeZone: String
    let missed: String
    let paused: Bool
    let problem: String?
    let nextAt: Timestamp?
    let lastAt: Timestamp?
    let lastJob: String?

    private enum CodingKeys: String, CodingKey {
        case name, kind, input, priority, cron, missed, paused, problem
        case timeZone = "time_zone"
        case nextAt = "next_at"
        case lastAt = "last_at"
        case lastJob = "last_job"
    }
}

/// A tick to come.
struct TickDocument: Decodable, Sendable {
    let at: Timestamp
    let local: String
}
