import Endpoints
import Engine
import Foundation
import Model
import Storage

/// The JSON form of a schedule to store.
struct ScheduleBody: Decodable, Documented {
    let kind: String
    let input: JSONText
    let cron: String
    let timeZone: String?
    let missed: String?
    let priority: Priority?

    static let meanings = [
        "kind": "The kind of its jobs; see listKinds.", "input": "The input of each of its jobs.",
        "cron": "Five fields (`30 9 * * MON-FRI`), a word such as `@daily`, or an interval such as `@every 1h30m`.",
        "time_zone": "The IANA name of the zone whose clocks count; `UTC` unless told.",
        "missed": "What happens to ticks that nobody could fire: `latest` unless told, `skip`, or `all:N`.",
        "priority": "The priority of its jobs; 0 unless told.",
    ]

    private enum CodingKeys: String, CodingKey {
        case kind, input, cron, missed, priority
        case timeZone = "time_zone"
    }

    /// The schedule, fit to be stored.
    ///
    /// - Throws: `Problem` that names the field that is wrong and what is allowed.
    func checked(name: String, for principal: Principal, service: JobService) async throws -> NewSchedule {
        guard name.wholeMatch(of: /[a-z0-9\-_.]{1,100}/) != nil else {
            throw Problem(
                .unprocessable,
                "A schedule is named with 1 to 100 small letters, digits, hyphens, underscores and dots.", field: "name"
            )
        }
        let workspace = principal.workspace
        let kind = try await service.kind(kind, in: workspace)
        try service.check(principal, mayUse: kind.name)
        guard let missed = MissedTickPolicy(missed ?? "latest") else {
            throw Problem(
                .unprocessable, "'missed' must be skip, latest, or all:N with N from 1 to 1000.", field: "missed")
        }
        let (cron, zone) = (try Self.expression(cron), try Self.zone(timeZone ?? "UTC"))
        let (input, hash) = try service.checked(input, for: kind)
        return NewSchedule(
            workspace: workspace, name: name, kind: kind.name, input: input, inputHash: hash,
            priority: priority?.value ?? 0,
            band: kind.band, maxAttempts: kind.maxAttempts, cron: cron, zone: zone, zoneName: timeZone ?? "UTC",
            missed: missed)
    }

    static func expression(_ text: String) throws -> CronExpression {
        do {
            return try CronExpression(parsing: text)
        } catch let error as CronSyntaxError {
            throw Problem(.unprocessable, error.message, field: "cron")
        }
    }

    static func zone(_ name: String) throws -> TimeZone {
        guard name.utf8.count <= 100, let zone = TimeZone(identifier: name) else {
            throw Problem(
                .unprocessable,
                """
                There is no time zone '\(name.prefix(100))'. Write a name of the IANA database, such as Europe/Berlin, \
                Asia/Tokyo or UTC.
                """, field: "time_zone")
        }
        return zone
    }
}
