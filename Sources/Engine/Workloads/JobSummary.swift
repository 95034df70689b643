package import Model
import Storage

/// A job as lists and submissions show it.
package struct JobSummary: Encodable, Sendable {
    let id: JobID
    let kind: String
    let state: JobState
    let priority: Int
    let progress: JobProgress?
    let error: JobFailure?
    let attempt: Int
    let maxAttempts: Int
    let cancelRequested: Bool
    let batch: BatchID?
    let position: Int64
    let requestID: String?
    let createdAt: Timestamp
    let runAt: Timestamp
    let startedAt: Timestamp?
    let finishedAt: Timestamp?
    /// Where to read more.
    package let url: String

    package init(_ job: Job) {
        id = job.id
        kind = job.kind
        state = job.state
        priority = job.priority
        progress = job.progress
        error = job.failure
        attempt = job.attempt
        maxAttempts = job.maxAttempts
        cancelRequested = job.cancelRequested
        batch = job.batch
        position = job.position
        requestID = job.request
        createdAt = job.createdAt
        runAt = job.runAt
        startedAt = job.startedAt
        finishedAt = job.finishedAt
        url = "/api/v1/jobs/\(job.id)"
    }

    private enum CodingKeys: String, CodingKey {
        case id, kind, state, priority, progress, error, attempt, batch, position, url
        case maxAttempts = "max_attempts"
        case cancelRequested = "cancel_requested"
        case requestID = "request_id"
        case createdAt = "created_at"
        case runAt = "run_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }
}
