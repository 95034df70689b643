import Conformance
import Foundation
import NIOCore
import Synchronization
import Testing

/// Jobs that leave a line in a file when they run, for tests in which processes and servers die.
struct TouchLoad: Sendable {
    private let effects: URL
    private let pace: URL

    /// Adds the kind of these jobs to the settings of an installation.
    ///
    /// - Parameter seconds: how long a job takes, until ``letJobsTake(_:)``.
    init(in installation: Installation, seconds: Double = 0) throws {
        effects = installation.folder.appending(path: "effects")
        pace = installation.folder.appending(path: "pace")
        let job = #"sed 's/.*"job":"\([a-z0-9_]*\)".*/\1/'"#
        let script = "id=$(\(job)); sleep $(cat '\(pace.path)'); echo \"$id\" >> '\(effects.path)'; echo '{}'"
        try Data(
            """
            exec:
              - kind: touch
                command: [sh, -c, "\(script.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))"]
            """.utf8
        ).write(to: installation.folder.appending(path: "suisha.yaml"))
        try letJobsTake(seconds)
    }

    /// Jobs that begin from now on take that long.
    func letJobsTake(_ seconds: Double) throws { try Data("\(seconds)".utf8).write(to: pace) }

    /// Submits the job of that number; again, it is the same job.
    ///
    /// All count against a cap; some are delayed, so that a sweep has work as well.
    func submit(_ number: Int, to api: API) async throws -> API.Reply {
        let delay = number % 3 == 0 ? 300 : 0
        let body = """
            {"kind": "touch", "input": {"number": \(number)}, "delay_ms": \(delay), "caps": {"repository:a": 2}}
            """
        return try await api.send(
            "POST", "/api/v1/jobs",
            headers: ["Content-Type": "application/json", "Idempotency-Key": "number-\(number)"], body: Data(body.utf8),
            // The client tries again and again to connect to a server that is gone.
            within: .seconds(5))
    }

    /// Submits a batch of two and a job that gathers; again, it is the same batch.
    func submitBatch(to api: API) async throws -> API.Reply {
        let body = #"{"kind": "touch", "items": [{"n": 1}, {"n": 2}], "then": {"kind": "touch", "input": {}}}"#
        return try await api.send(
            "POST", "/api/v1/batch", headers: ["Content-Type": "application/json", "Idempotency-Key": "batch"],
            body: Data(body.utf8), within: .seconds(5))
    }

    /// The first answer of a server that is up: what it does not answer in time is submitted again.
    func answer(_ submission: () async throws -> API.Reply) async throws -> API.Reply {
        try await eventually("a submission is answered") { try? await submission() }
    }

    struct Batch: Decodable {
        /// The job that gathers.
        let then: String?
    }

    /// Submits jobs one after the other until each is accepted, to whichever server answers.
    ///
    /// - Returns: their ids.
    func submitAll(_ numbers: Range<Int>, to server: @Sendable () -> API?) async throws -> Set<String> {
        var ids: Set<String> = []
        for number in numbers {
            let id = try await eventually("job \(number) is accepted") { () -> String? in
                guard let api = server(), let reply = try? await submit(number, to: api),
                    [200, 202].contains(reply.status)
                else { return nil }
                return try reply.decode(API.JobDocument.self).id
            }
            ids.insert(id)
        }
        return ids
    }

    /// Waits until all of these have succeeded and nothing is left, and checks that each ran and that no slot of the cap is
    /// taken any more.
    func expectAllRan(_ ids: Set<String>, on api: API) async throws {
        for id in ids {
            let job = try await api.ended(id)
            #expect(job.state == "succeeded", "\(id): \(job.error?.message ?? "")")
        }
        let ran = Set(try String(contentsOf: effects, encoding: .utf8).split(separator: "\n").map(String.init))
        #expect(ran.isSuperset(of: ids))
        try await eventually("nothing is left in the queue") {
            try await api.send("GET", "/api/v1/jobs?state=parked,ready,leased").decode(Page<API.JobDocument>.self).items
                .isEmpty
        }
        try await eventually("every slot is free") {
            try await api.send("GET", "/api/v1/caps").decode(Page<Cap>.self).items.allSatisfy { $0.taken == 0 }
        }
    }

    /// The ids of jobs, in the order in which they left their line; one that ran twice stands there twice.
    var lines: [String] {
        ((try? String(contentsOf: effects, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    private struct Page<Item: Decodable>: Decodable { let items: [Item] }
    private struct Cap: Decodable { let taken: Int }
}
