import Endpoints
import Foundation
import Model

/// A schedule as callers see it.
struct ScheduleDocument: Encodable, Sendable {
    let schedule: Schedule

    init(_ schedule: Schedule) {
        self.schedule = schedule
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(schedule.name, forKey: .name)
        try container.encode(schedule.kind, forKey: .kind)
        try container.encode(schedule.input, forKey: .input)
        try container.encode(schedule.priority, forKey: .priority)
        try container.encode(schedule.cron, forKey: .cron)
        try container.encode(schedule.timeZone, forKey: .timeZone)
        try container.encode(schedule.missed, forKey: .missed)
        try container.encode(schedule.isPaused, forKey: .paused)
        try container.encodeIfPresent(schedule.problem, forKey: .problem)
        try container.encodeIfPresent(schedule.nextAt, forKey: .nextAt)
        try container.encodeIfPresent(schedule.lastAt, forKey: .lastAt)
        try container.encodeIfPresent(schedule.lastJob, forKey: .lastJob)
        try container.encode(schedule.createdAt, forKey: .createdAt)
        try container.encode(schedule.updatedAt, forKey: .updatedAt)
        try container.encode("/api/v1/schedules/\(schedule.name)", forKey: .url)
    }

    private enum CodingKeys: String, CodingKey {
        case name, kind, input, priority, cron, missed, paused, problem, url
        case timeZone = "time_zone"
        case nextAt = "next_at"
        case lastAt = "last_at"
        case lastJob = "last_job"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}

/// One tick to come.
struct TickDocument: Encodable, Sendable {
    let at: Timestamp
    /// What the clocks of the schedule's zone show then.
    let local: String

    init(_ tick: Timestamp, in zone: TimeZone) {
        at = tick
        local = Date(timeIntervalSince1970: Double(tick.microseconds) / 1_000_000)
            .formatted(Date.ISO8601FormatStyle(timeZone: zone).dateTimeSeparator(.space).timeZoneSeparator(.omitted))
    }
}
