import Endpoints
import Foundation
import Model
import Storage

extension JobEndpoints {
    var logs: Endpoint {
        Endpoint(
            .get, "/api/v1/jobs/{id}/logs", id: "getJobLog", summary: "Reads the log of a job",
            description: "Ask for `text/plain` to get lines for people. `/events` follows a running job.",
            access: .needs(.jobsRead), rateClass: .read,
            parameters: [
                .init(.path, "id", JobID.schema, "The job's id."),
                .init(
                    .query, "after", EventPosition.schema,
                    "The `next` of the page before; in text, that of the `Link` header."),
                .init(.query, "limit", .integer(minimum: 1, maximum: 1_000), "How many lines; 500 unless told."),
            ],
            answers: [
                .init(
                    200, "Lines, oldest first.",
                    [.init("application/json", .named("LogPage")), .init("text/plain", .string())])
            ], problems: [.notFound, .invalidRequest]
        ) { request in
            let job = try await request.job(in: reading)
            let limit = try Int(request.integer("limit", in: 1...1_000) ?? 500)
            let after = try request.query["after"].map { try EventPosition($0, field: "after").value } ?? 0
            let events = try await reading.events(
                of: job.id, in: job.workspace, after: after, type: .log, limit: limit + 1)
            let lines = try events.prefix(limit).map { try LogEntry($0) }
            let next = events.count > lines.count ? lines.last.map { String($0.position) } : nil
            guard request.prefers("text/plain", over: "application/json") else {
                return try .json(200, Page(items: lines, next: next))
            }
            let text = lines.map { $0.text + "\n" }.joined()
            let link = next.map { "</api/v1/jobs/\(job.id)/logs?after=\($0)&limit=\(limit)>; rel=\"next\"" }
            return EndpointResponse(
                status: 200, headers: link.map { ["Link": $0] } ?? [:],
                body: .data(Data(text.utf8), contentType: "text/plain; charset=utf-8"))
        }
    }
}

/// One line of a log as callers see it.
struct LogEntry: Encodable, Sendable {
    let position: Int64
    let at: Timestamp
    let level: LogLine.Level
    let message: String
    let fields: [String: String]?

    init(_ event: JobEvent) throws {
        let line = try event.data.decode(LogLine.self)
        position = event.position
        at = event.at
        level = line.level
        message = line.message
        fields = line.fields
    }

    /// One line for people.
    var text: String {
        let extra = (fields ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        return "\(at) \(level.rawValue) \(message)\(extra)".replacing("\n", with: " ")
    }
}

extension EndpointRequest {
    /// Whether the `Accept` header ranks one content type above another.
    func prefers(_ type: String, over other: String) -> Bool {
        let accept = headers["accept"] ?? ""
        func quality(_ type: String) -> Double {
            for range in accept.split(separator: ",") {
                let value = HeaderValue(String(range))
                if value.value.lowercased() == type { return value.parameters["q"].flatMap(Double.init) ?? 1 }
            }
            return 0
        }
        return quality(type) > quality(other)
    }
}
