import Endpoints
import Engine
import Foundation
import Live
import Model
import Storage

/// The operations on jobs that every kind shares.
struct JobEndpoints: Sendable {
    let reading: any JobReading
    let submissions: any JobSubmissions
    let service: JobService
    let objects: any ObjectStore

    init(_ parts: ServerParts) {
        reading = parts.reading
        submissions = parts.submissions
        service = parts.service
        objects = parts.objects
    }

    /// How live updates show jobs: as these operations do.
    var descriptions: LiveDescriptions {
        LiveDescriptions(
            summary: { try JSONText(encoding: JobSummary($0)) },
            detail: { try JSONText(encoding: try await detail(of: $0)) })
    }

    /// All of them.
    var all: [Endpoint] {
        [
            submit, submitMany, list, show, events, logs, artifacts, artifact, delete, cancel, retry, submitBatch,
            showBatch,
            listKinds,
        ]
    }

    private static let id = Endpoint.Parameter(
        .path, "id", JobID.schema, "The job's id: `job_` and 32 hexadecimal digits.")

    /// States with commas between them.
    private static let stateList: String = {
        let word = "(\(JobState.allCases.map(\.rawValue).joined(separator: "|")))"
        return "^(\(word)(,\(word))*)?$"
    }()

    private var list: Endpoint {
        Endpoint(
            .get, "/api/v1/jobs", id: "listJobs", summary: "Lists jobs, newest first", access: .needs(.jobsRead),
            rateClass: .read,
            parameters: [
                .init(
                    .query, "state", .string(pattern: Self.stateList), "Only jobs in these states, separated by commas."
                ),
                .init(.query, "kind", .string(pattern: "^[^\\u0000]*$"), "Only jobs of this kind."),
                .init(.query, "batch", .string(pattern: "^(batch_[0-9a-f]{32})?$"), "Only jobs of this batch."),
            ] + EndpointRequest.pageParameters(),
            answers: [.json(200, "A page of jobs.", .named("JobPage"))], problems: [.unprocessable]
        ) { request in
            var filter = JobFilter()
            filter.states = try request.states("state")
            filter.kind = request.value("kind")
            filter.batch = try request.value("batch").map { try BatchID(parameter: $0, "batch") }
            let limit = try request.pageLimit()
            let after = try request.pagePosition().flatMap { JobID($0) }
            // One more than asked for tells whether there is a next page.
            let jobs = try await reading.jobs(
                matching: filter, in: request.principal.workspace, before: after, limit: limit + 1)
            return try .json(200, request.page(of: jobs, limit: limit, position: \.id.description) { JobSummary($0) })
        }
    }

    private var show: Endpoint {
        Endpoint(
            .get, "/api/v1/jobs/{id}", id: "getJob", summary: "Shows a job with its steps and artifacts",
            access: .needs(.jobsRead), rateClass: .read, parameters: [Self.id],
            answers: [.json(200, "The job.", .named("JobDetail"))], problems: [.notFound]
        ) { request in
            try .json(200, try await detail(of: request.job(in: reading)))
        }
    }

    private var events: Endpoint {
        Endpoint(
            .get, "/api/v1/jobs/{id}/events", id: "followJob", summary: "Follows a job live",
            description: """
                Server-sent events. `job:progress`, `job:complete`, `job:error` and `job:log` replay the job's journal from \
                the given position and go on live; each has an id to resume from. Progress in percent comes as \
                `job:progress` without an id, at most four times a second. The stream ends when the job has ended, and \
                with `reconnect` when the server stops. Without a job left to follow the answer is 204. With `Accept: \
                application/json` a page of the journal, for those who ask again.
                """,
            access: .needs(.jobsRead), rateClass: .read,
            parameters: [
                Self.id,
                .init(
                    .query, "after", EventPosition.schema,
                    "Only what came after this position: a number, or the id of an event."),
                .init(
                    .header, "Last-Event-ID", EventPosition.schema,
                    "Like `after`; browsers send it when they reconnect."),
                .init(
                    .query, "limit", .integer(minimum: 1, maximum: 1_000),
                    "How many entries a page has at most; 500 unless told."),
            ],
            answers: [
                .init(
                    200, "The events.",
                    [.init("text/event-stream", .any), .init("application/json", .named("EventPage"))]),
                .init(204, "The job has ended and everything was delivered."),
            ], problems: [.notFound, .invalidRequest]
        ) { request in
            let job = try await request.job(in: reading)
            let position = try EventPosition(request)
            if request.prefers("application/json", over: "text/event-stream") {
                return try await page(of: job, after: position.value, request)
            }
            if job.state.isTerminal && position.value >= job.position { return .init(status: 204) }
            let feed = JobFeed(job: job.id, workspace: job.workspace, after: position.value, reading: reading)
            return .init(status: 200, body: .events(feed))
        }
    }

    private func page(
        of job: Job, after position: Int64, _ request: EndpointRequest
    ) async throws -> EndpointResponse {
        let limit = try Int(request.integer("limit", in: 1...1_000) ?? 500)
        let events = try await reading.events(
            of: job.id, in: job.workspace, after: position, type: nil, limit: limit + 1)
        let items = Array(events.prefix(limit))
        return try .json(
            200, Page(items: items, next: events.count > items.count ? items.last.map { String($0.position) } : nil))
    }

    private var delete: Endpoint {
        cancelling(.delete, "/api/v1/jobs/{id}", id: "deleteJob", summary: "Cancels a job; the same as cancelJob")
    }

    private var cancel: Endpoint {
        cancelling(.post, "/api/v1/jobs/{id}/cancel", id: "cancelJob", summary: "Cancels a job")
    }

    private func cancelling(_ method: Endpoint.Method, _ path: String, id: String, summary: String) -> Endpoint {
        Endpoint(
            method, path, id: id, summary: summary,
            description: "A job that has ended stays as it is.", access: .needs(.jobsWrite),
            audit: .entry(JobDeeds.canceling), parameters: [Self.id],
            answers: [
                .json(200, "The job has ended.", .named("JobDetail")),
                .json(202, "The worker was asked to stop.", .named("JobDetail")),
            ], problems: [.notFound]
        ) { request in
            let id = try JobID(parameter: request.path["id"] ?? "", "id")
            let job = try await submissions.cancel(id, in: request.principal.workspace)
            return try .json(job.state.isTerminal ? 200 : 202, try await detail(of: job))
        }
    }

    private var retry: Endpoint {
        Endpoint(
            .post, "/api/v1/jobs/{id}/retry", id: "retryJob", summary: "Runs a failed, canceled or expired job again",
            description: """
                Steps that finished stay finished where their input is the same. The body may be left out; with an `input` \
                the job runs again with that one.
                """,
            access: .needs(.jobsWrite), audit: .entry(JobDeeds.retrying), parameters: [Self.id],
            accepts: [.body(RetryBody.self)],
            bodyIsOptional: true,
            answers: [.json(200, "The job waits to run.", .named("JobDetail"))],
            problems: [.notFound, .conflict, .unprocessable]
        ) { request in
            var input: JSONText?
            if case .json = request.body { input = try request.json(RetryBody.self).input }
            let job = try await request.job(in: reading)
            try service.check(request.principal, mayUse: job.kind)
            var checked: JSONText?
            if let input {
                checked = try service.checked(input, for: try await service.kind(job.kind, in: job.workspace)).input
            }
            return try .json(
                200, try await detail(of: try await submissions.replay(job.id, in: job.workspace, input: checked)))
        }
    }

    private var listKinds: Endpoint {
        Endpoint(
            .get, "/api/v1/kinds", id: "listKinds", summary: "Lists the kinds of jobs with the schemas of their inputs",
            access: .needs(.jobsRead), rateClass: .read,
            answers: [
                .json(200, "The kinds.", .object([.init("items", .array(of: .named("Kind")), required: true, "All.")]))
            ]
        ) { request in
            let kinds = try await service.allKinds(in: request.principal.workspace)
            return try .json(200, Page(items: kinds.map(KindDocument.init), next: nil))
        }
    }

    /// A job with everything that belongs to it.
    func detail(of job: Job) async throws -> JobDetail {
        let steps = try await reading.steps(of: job.id, in: job.workspace)
        let artifacts = try await reading.artifacts(of: job.id, in: job.workspace)
        let conditions = try await reading.conditions(of: job.id, in: job.workspace)
        return JobDetail(job, steps: steps, artifacts: artifacts, conditions: conditions)
    }
}

/// The JSON form of a retry.
private struct RetryBody: Decodable, Documented {
    let input: JSONText?

    static let meanings = ["input": "Replaces its input; checked like a new one."]
}
