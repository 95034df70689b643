package import Endpoints
package import Storage

extension SubmittedJob {
    /// What every operation that submits one job answers: the job, and where to follow it.
    package func response() throws -> EndpointResponse {
        let document = JobSummary(job)
        return try .json(existing ? 200 : 202, document, headers: ["Location": document.url])
    }

    /// The declaration of ``response()``.
    package static let answers: [Endpoint.Answer] = [
        .json(202, "The job is stored and will run. Follow it under the URL in `Location`.", .named("JobSummary")),
        .json(200, "The same Idempotency-Key was used before: the first job.", .named("JobSummary")),
    ]
}
