import Conformance
import Foundation
import Model
import NIOHTTP1

/// An outside worker that a test drives call by call.
struct TestWorker: Sendable {
    let server: TestServer
    let id: String

    /// A job that it was given.
    struct Lease: Sendable {
        let job: String
        let epoch: Int
        let attempt: Int
    }

    /// Everything that a worker can say about a job, with what it needs beside the epoch.
    static let writes: [(path: String, more: String)] = [
        ("progress", #","percent":5"#), ("log", #","lines":[{"level":"info","message":"late"}]"#),
        ("complete", #","result":{"late":true}"#),
        ("fail", #","code":"late","message":"Late.","retryable":true"#), ("release", ""),
    ]

    func send(_ method: HTTPMethod, _ path: String, _ json: String? = nil) async throws -> TestServer.Answer {
        guard let json else { return try await server.send(method, "/api/v1/workers/\(id)\(path)") }
        return try await server.send(method, "/api/v1/workers/\(id)\(path)", json: json)
    }

    /// Says something about a job, under its epoch unless another one is given.
    func say(
        _ what: String, _ more: String = "", of lease: Lease, epoch: Int? = nil
    ) async throws -> TestServer.Answer {
        try await send(.POST, "/jobs/\(lease.job)/\(what)", #"{"epoch":\#(epoch ?? lease.epoch)\#(more)}"#)
    }

    /// Publishes a file of a job.
    func publish(
        _ content: String, as name: String, of lease: Lease, epoch: Int? = nil
    ) async throws -> TestServer.Answer {
        let form = TestForm(fields: ["epoch": "\(epoch ?? lease.epoch)"], files: [("file", content)])
        return try await server.send(
            .PUT, "/api/v1/workers/\(id)/jobs/\(lease.job)/artifacts/\(name)", [("Content-Type", form.contentType)],
            body: form.text)
    }

    /// Asks for jobs and waits for them on the server.
    func leases(limit: Int = 1, wait: Int = 30_000) async throws -> [Lease] {
        let answer = try await send(.POST, "/lease", #"{"limit":\#(limit),"wait_ms":\#(wait)}"#)
        guard answer.status == 200 else { throw TestFailure("\(answer.status): \(answer.text)") }
        return try (answer.json()["jobs"] as? [[String: Any]] ?? []).map { job in
            guard let id = job["id"] as? String, let epoch = job["epoch"] as? Int, let attempt = job["attempt"] as? Int
            else { throw TestFailure("no job: \(job)") }
            return Lease(job: id, epoch: epoch, attempt: attempt)
        }
    }

    func lease() async throws -> Lease {
        guard let lease = try await leases().first else { throw TestFailure("no job came") }
        return lease
    }

    /// What a heartbeat says about its jobs: why each should stop, or nothing.
    func heartbeat() async throws -> [String: String] {
        let answer = try await send(.POST, "/heartbeat")
        guard answer.status == 200 else { throw TestFailure("\(answer.status): \(answer.text)") }
        var reasons: [String: String] = [:]
        for job in try answer.json()["jobs"] as? [[String: Any]] ?? [] {
            reasons[job["id"] as? String ?? ""] = job["reason"] as? String ?? ""
        }
        return reasons
    }

    /// Waits until its session has lapsed, without renewing it.
    func lapse() async throws {
        try await eventually("the session lapses") {
            try await send(.POST, "/lease", #"{"wait_ms":0}"#).status == 410
        }
    }
}

extension TestServer {
    /// Registers a worker for the kind `resize`.
    func register(_ kind: String = #"{"name":"resize"}"#, lease: Int = 15_000) async throws -> TestWorker {
        let answer = try await send(
            .POST, "/api/v1/workers", json: #"{"name":"tester","kinds":[\#(kind)],"lease_ms":\#(lease)}"#)
        guard answer.status == 201 else { throw TestFailure("\(answer.status): \(answer.text)") }
        return TestWorker(server: self, id: try answer.string("id"))
    }
}
