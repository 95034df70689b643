import Foundation
import Model
import NIOCore
import NIOHTTP1

/// An answer as it came and as it is read.
struct Answer<Document: Decodable & Sendable>: Sendable {
    /// What the server sent, for `--json`.
    let data: Data
    let document: Document

    init(_ data: Data) throws {
        self.data = data
        do {
            document = try JSONDecoder().decode(Document.self, from: data)
        } catch {
            throw CommandFailure(
                "The server's answer cannot be read; perhaps it is of another version than this program (\(Version.current))."
            )
        }
    }
}

extension ServerClient {
    func job(_ id: String) async throws -> Answer<JobDocument> {
        try Answer(await call(.GET, "/api/v1/jobs/\(id.pathComponent)"))
    }

    func jobs(_ query: [String: String]) async throws -> Answer<PageDocument<JobDocument>> {
        try Answer(await call(.GET, "/api/v1/jobs", query: query))
    }

    func cancel(_ id: String) async throws -> Answer<JobDocument> {
        try Answer(await call(.POST, "/api/v1/jobs/\(id.pathComponent)/cancel"))
    }

    /// - Parameter input: replaces the job's input; nil leaves it.
    func retry(_ id: String, input: JSONText? = nil) async throws -> Answer<JobDocument> {
        let path = "/api/v1/jobs/\(id.pathComponent)/retry"
        guard let input else { return try Answer(await call(.POST, path)) }
        return try Answer(await call(.POST, path, json: ["input": input]))
    }

    func log(of id: String, after: String?) async throws -> Answer<PageDocument<LogEntryDocument>> {
        try Answer(
            await call(
                .GET, "/api/v1/jobs/\(id.pathComponent)/logs", query: after.map { ["after": $0] } ?? [:],
                headers: [("Accept", "application/json")]))
    }

    func submit(_ request: JobRequest, idempotencyKey: String?) async throws -> Answer<JobDocument> {
        try Answer(
            await call(
                .POST, "/api/v1/jobs", headers: idempotencyKey.map { [("Idempotency-Key", $0)] } ?? [], json: request))
    }

    func submit(_ submission: Submission) async throws -> Answer<JobDocument> {
        try Answer(
            await call(
                .POST, "/api/v1/\(submission.kind.pathComponent)", headers: submission.headers,
                body: try submission.requestBody(), deadline: .distantFuture))
    }
}

/// One line of a job's log.
struct LogEntryDocument: Decodable, Sendable {
    let position: Int64
    let at: String
    let level: String
    let message: String
    let fields: [String: String]?

    /// For people.
    var text: String {
        let extra = (fields ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        return "\(at) \(level) \(message)\(extra)"
    }
}
