import Endpoints
import Engine
import Foundation
import Model
import Storage

/// A job with everything that belongs to it.
struct JobDetail: Encodable, Sendable {
    let summary: JobSummary
    let input: JSONText
    let result: JSONText?
    let steps: [StepRecord]
    let artifacts: [ArtifactDocument]
    let conditions: JobConditions
    let trace: String?

    init(_ job: Job, steps: [StepRecord], artifacts: [Artifact], conditions: JobConditions) {
        summary = JobSummary(job)
        input = job.input.withoutObjectKeys
        result = job.result?.withoutObjectKeys
        self.steps = steps
        self.conditions = conditions
        trace = job.trace
        self.artifacts = artifacts.map { ArtifactDocument($0, of: job.id) }
    }

    func encode(to encoder: any Encoder) throws {
        try summary.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(input, forKey: .input)
        try container.encodeIfPresent(result, forKey: .result)
        try container.encode(steps, forKey: .steps)
        if !conditions.caps.isEmpty { try container.encode(conditions.caps, forKey: .caps) }
        if !conditions.needs.isEmpty { try container.encode(conditions.needs, forKey: .needs) }
        try container.encodeIfPresent(trace, forKey: .trace)
        try container.encode(artifacts, forKey: .artifacts)
        try container.encode(
            ["events": "\(summary.url)/events", "logs": "\(summary.url)/logs"], forKey: .links)
    }

    private enum CodingKeys: String, CodingKey {
        case input, result, steps, artifacts, caps, needs, trace, links
    }
}

/// A file that a job published, as callers see it.
struct ArtifactDocument: Encodable, Sendable {
    let name: String
    let contentType: String
    let size: Int64
    let sha256: String
    let url: String

    init(_ artifact: Artifact, of job: JobID) {
        name = artifact.name
        contentType = artifact.contentType
        size = artifact.size
        sha256 = artifact.sha256
        let encoded = artifact.name.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? artifact.name
        url = "/api/v1/jobs/\(job)/artifacts/\(encoded)"
    }

    private enum CodingKeys: String, CodingKey {
        case name, size, sha256, url
        case contentType = "content_type"
    }
}

/// A batch as callers see it.
struct BatchDocument: Encodable, Sendable {
    let id: BatchID
    let kind: String
    let size: Int
    let states: [String: Int]
    let finished: Bool
    let createdAt: Timestamp
    /// The job that runs when all have ended.
    let then: JobID?
    let url: String
    let jobs: String

    init(_ batch: Batch, then: JobID?) {
        self.then = then
        id = batch.id
        kind = batch.kind
        size = batch.size
        states = batch.states
        finished = batch.isFinished
        createdAt = batch.createdAt
        url = "/api/v1/batch/\(batch.id)"
        jobs = "/api/v1/jobs?batch=\(batch.id)"
    }

    private enum CodingKeys: String, CodingKey {
        case id, kind, size, states, finished, then, url, jobs
        case createdAt = "created_at"
    }
}

/// A kind of job as callers see it.
struct KindDocument: Encodable, Sendable {
    let name: String
    let summary: String
    let stages: [String]
    let takesFiles: Bool
    let input: JSONTree

    init(_ kind: JobKind) {
        name = kind.name
        summary = kind.summary
        stages = kind.stages
        takesFiles = kind.inputFromUpload != nil
        input = kind.input.json
    }

    private enum CodingKeys: String, CodingKey {
        case name, summary, stages, input
        case takesFiles = "takes_files"
    }
}
