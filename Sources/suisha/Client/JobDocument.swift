import Foundation
import Model

/// A job as the API shows it, as far as the commands look at it.
struct JobDocument: Decodable, Sendable {
    let id: String
    let kind: String
    let state: JobState
    let attempt: Int
    let maxAttempts: Int
    let progress: JobProgress?
    let error: JobFailure?
    let cancelRequested: Bool?
    let createdAt: Timestamp
    let startedAt: Timestamp?
    let finishedAt: Timestamp?
    let result: JSONText?
    let steps: [Step]?
    let artifacts: [ArtifactDocument]?
    let caps: [String]?
    let needs: [String]?

    /// A step that the job finished.
    struct Step: Decodable, Sendable {
        let name: String
        let reused: Bool
        let startedAt: Timestamp
        let finishedAt: Timestamp

        private enum CodingKeys: String, CodingKey {
            case name, reused
            case startedAt = "started_at"
            case finishedAt = "finished_at"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case id, kind, state, attempt, progress, error, result, steps, artifacts, caps, needs
        case maxAttempts = "max_attempts"
        case cancelRequested = "cancel_requested"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }

    /// What the result says to people, if it says something.
    var notice: String? {
        struct Notice: Decodable { let notice: String? }
        return (try? result?.decode(Notice.self))?.notice
    }
}

/// A file that a job made.
struct ArtifactDocument: Decodable, Sendable {
    let name: String
    let contentType: String
    let size: Int64
    let sha256: String

    private enum CodingKeys: String, CodingKey {
        case name, size, sha256
        case contentType = "content_type"
    }
}

/// One page of a list.
struct PageDocument<Item: Decodable & Sendable>: Decodable, Sendable {
    let items: [Item]
    let next: String?
}
