import Endpoints
import Engine
import Model
import Storage

extension JobEndpoints {
    var submitMany: Endpoint {
        Endpoint(
            .post, "/api/v1/jobs/bulk", id: "submitJobs", summary: "Submits up to 1,000 jobs of one kind by themselves",
            description: """
                In one transaction: all are stored, or none. Unlike those of a batch, each job may have an idempotency key \
                of its own; one whose key was used before comes back as it is.
                """,
            access: .needs(.jobsWrite), rateClass: .upload, audit: .entry(JobDeeds.submission),
            accepts: [.body(BulkBody.self)],
            answers: [.json(200, "All are stored.", .named("JobOutcomes"))], problems: submissionProblems
        ) { request in
            let body = try request.json(BulkBody.self)
            let submitted = try await service.submit(
                kind: body.kind,
                items: body.items.values.map {
                    .init(input: $0.input, idempotencyKey: $0.idempotencyKey, priority: $0.priority?.value ?? 0)
                }, for: request)
            let outcomes = submitted.map { Outcome(existing: $0.existing, job: JobSummary($0.job)) }
            return try .json(200, Page(items: outcomes, next: nil))
        }
    }
}

/// The JSON form of many jobs.
private struct BulkBody: Decodable, Documented {
    let kind: String
    let items: Many<Item, 1, 1_000>

    static let meanings = ["kind": "The kind of the jobs; see listKinds.", "items": "The jobs."]

    /// One job.
    struct Item: Decodable, Documented {
        let input: JSONText
        let idempotencyKey: String?
        let priority: Priority?

        static let meanings = [
            "input": "Its input.", "idempotency_key": "Does its work once: 1 to 200 ASCII characters.",
            "priority": "Higher runs first; 0 unless told.",
        ]

        private enum CodingKeys: String, CodingKey {
            case input, priority
            case idempotencyKey = "idempotency_key"
        }
    }
}

/// What became of one of many jobs.
private struct Outcome: Encodable, Sendable {
    let existing: Bool
    let job: JobSummary
}
