import Endpoints
import Engine
import Foundation
import Model
import Storage

/// The operations on schedules: jobs that are submitted by the clock.
struct ScheduleEndpoints: Sendable {
    let schedules: any ScheduleStore
    let service: JobService

    /// All of them.
    var all: [Endpoint] {
        [list, show, put, delete, pausing(true, "pause"), pausing(false, "resume"), run, preview]
    }

    private static let name = Endpoint.Parameter(
        .path, "name", .string(pattern: "^[a-z0-9_.\\-]{1,100}$"), "1 to 100 of a-z, 0-9, `-`, `_` and `.`.")

    private var list: Endpoint {
        Endpoint(
            .get, "/api/v1/schedules", id: "listSchedules", summary: "Lists the schedules, by name",
            access: .needs(.schedulesRead), rateClass: .read,
            answers: [.json(200, "All of them.", .named("SchedulePage"))]
        ) { request in
            let schedules = try await schedules.schedules(in: request.principal.workspace)
            return try .json(200, Page(items: schedules.map(ScheduleDocument.init), next: nil))
        }
    }

    private var show: Endpoint {
        Endpoint(
            .get, "/api/v1/schedules/{name}", id: "getSchedule", summary: "Shows a schedule",
            access: .needs(.schedulesRead), rateClass: .read, parameters: [Self.name],
            answers: [.json(200, "The schedule.", .named("Schedule"))], problems: [.notFound]
        ) { request in
            try .json(200, ScheduleDocument(try await schedule(of: request)))
        }
    }

    private var put: Endpoint {
        Endpoint(
            .put, "/api/v1/schedules/{name}", id: "putSchedule", summary: "Makes a schedule, or replaces it",
            description: """
                It misses nothing that lies before. One that is paused stays so. Its input is checked now, like that of a job.
                """,
            access: .needs(.schedulesWrite), audit: .entry("schedule.put"),
            parameters: [Self.name],
            accepts: [.body(ScheduleBody.self)],
            answers: [.json(200, "The schedule as it is now.", .named("Schedule"))],
            problems: [.unprocessable, .conflict]
        ) { request in
            let new = try await request.json(ScheduleBody.self).checked(
                name: request.path["name"] ?? "", for: request.principal, service: service)
            do {
                return try .json(200, ScheduleDocument(try await schedules.put(new)))
            } catch let error as StorageError {
                // A bound that only the caller can make room under; trying again would not help.
                guard error.code == .limited else { throw error }
                throw Problem(.conflict, error.message)
            }
        }
    }

    private var delete: Endpoint {
        Endpoint(
            .delete, "/api/v1/schedules/{name}", id: "deleteSchedule", summary: "Removes a schedule",
            description: "Jobs that it has submitted stay.", access: .needs(.schedulesWrite),
            audit: .entry("schedule.removed"), parameters: [Self.name],
            answers: [.init(204, "It is gone.")], problems: [.notFound]
        ) { request in
            try await schedules.removeSchedule(request.path["name"] ?? "", in: request.principal.workspace)
            return .init(status: 204)
        }
    }

    private func pausing(_ isPaused: Bool, _ verb: String) -> Endpoint {
        Endpoint(
            .post, "/api/v1/schedules/{name}/\(verb)", id: "\(verb)Schedule",
            summary: isPaused ? "Pauses a schedule" : "Resumes a schedule",
            description: "Ticks that pass while it is paused are not missed: they never run.",
            access: .needs(.schedulesWrite), audit: .entry(isPaused ? "schedule.paused" : "schedule.resumed"),
            parameters: [Self.name],
            answers: [.json(200, "The schedule as it is now.", .named("Schedule"))], problems: [.notFound]
        ) { request in
            let schedule = try await schedules.setPaused(
                isPaused, request.path["name"] ?? "", in: request.principal.workspace)
            return try .json(200, ScheduleDocument(schedule))
        }
    }

    private var run: Endpoint {
        Endpoint(
            .post, "/api/v1/schedules/{name}/run", id: "runSchedule", summary: "Submits a job of a schedule now",
            description: "Besides its ticks, and also while it is paused.", access: .needs(.schedulesWrite),
            idempotency: .own, audit: .entry("schedule.run"), parameters: [Self.name], answers: SubmittedJob.answers,
            problems: [.notFound, .conflict, .unprocessable, .unavailable]
        ) { request in
            let schedule = try await schedule(of: request)
            let submitted = try await service.submit(
                kind: schedule.kind, input: .document(schedule.input), options: JobOptions(priority: schedule.priority),
                for: request)
            if !submitted.existing { request.deeds.add(to: [schedule.name]) }
            return try submitted.response()
        }
    }

    private var preview: Endpoint {
        Endpoint(
            .get, "/api/v1/schedules/{name}/next", id: "previewSchedule", summary: "Shows the next ticks of a schedule",
            description: "From now on; for a paused one, those that would come if it were resumed.",
            access: .needs(.schedulesRead), rateClass: .read,
            parameters: [
                Self.name, .init(.query, "count", .integer(minimum: 1, maximum: 100), "How many; 5 unless told."),
            ],
            answers: [.json(200, "The ticks, in order; none when it is never due.", .named("TickPage"))],
            problems: [.notFound, .invalidRequest, .unprocessable]
        ) { request in
            let count = try request.integer("count", in: 1...100) ?? 5
            let schedule = try await schedule(of: request)
            let cron = try ScheduleBody.expression(schedule.cron)
            let zone = try ScheduleBody.zone(schedule.timeZone)
            var ticks: [TickDocument] = []
            var last = Timestamp.now
            while ticks.count < count, let next = cron.next(after: last, in: zone) {
                ticks.append(TickDocument(next, in: zone))
                last = next
            }
            return try .json(200, Page(items: ticks, next: nil))
        }
    }

    private func schedule(of request: EndpointRequest) async throws -> Schedule {
        let name = request.path["name"] ?? ""
        guard let schedule = try await schedules.schedule(name, in: request.principal.workspace) else {
            throw Problem(.notFound, "There is no schedule named '\(name.prefix(100))'.")
        }
        return schedule
    }
}
