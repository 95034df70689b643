import Conformance
import Foundation
import Testing

extension SystemTests {
    /// The worker in `examples/python-worker`, as it is documented, against a real server.
    @Suite("A9: the Python worker")
    struct PythonWorkers {
        private struct Outcome: Decodable {
            struct Result: Decodable {
                let words: Int?
                let distinct: Int?
                let attempt: Int?
            }
            let result: Result?
        }

        @Test("it runs jobs of both its kinds, several at a time, with log and files")
        func runs() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server()
                let worker = try await installation.pythonWorker(api)
                let words = try await api.submit("count-words", #"{"text":"one two two"}"#)
                var others: [String] = []
                for _ in 0..<6 { others.append(try await api.submit("countdown", #"{"steps":3}"#)) }
                #expect(try await api.ended(words).state == "succeeded", "\(worker.logText)")
                let outcome: Outcome = try await api.send("GET", "/api/v1/jobs/\(words)").decode()
                #expect(outcome.result?.words == 3 && outcome.result?.distinct == 2)
                let table = try await api.send("GET", "/api/v1/jobs/\(words)/artifacts/words.tsv")
                #expect(String(decoding: table.body, as: UTF8.self) == "two\t2\none\t1\n")
                let log = try await api.send("GET", "/api/v1/jobs/\(words)/logs", headers: ["Accept": "text/plain"])
                #expect(String(decoding: log.body, as: UTF8.self).contains("counted words=3"))
                for id in others { #expect(try await api.ended(id).state == "succeeded") }

                let bad = try await api.ended(try await api.submit("count-words", #"{"text":7}"#))
                #expect(bad.state == "dead" && bad.error?.code == "no-text" && bad.attempt == 1)
            }
        }

        /// Attacks: a worker that dies with its job.
        @Test("after kill -9 of the worker its job runs again on another one")
        func killed() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server()
                let first = try await installation.pythonWorker(api)
                let id = try await api.submit("countdown", #"{"steps":100}"#)
                try await eventually("it counts; the log: \(first.logText)") {
                    try await api.job(id).progress.map { $0.percent > 0 } ?? false
                }
                try await first.killNow()
                let second = try await installation.pythonWorker(api)
                let job = try await api.ended(id)
                #expect(job.state == "succeeded" && job.attempt == 2, "\(second.logText)")
                let outcome: Outcome = try await api.send("GET", "/api/v1/jobs/\(id)").decode()
                #expect(outcome.result?.attempt == 2)
            }
        }

        /// Attacks: two owners. The frozen worker wakes up with a job that is another's by then.
        @Test("a worker that was frozen past its lease cannot end its job, and goes on with others")
        func frozen() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server()
                let first = try await installation.pythonWorker(api)
                let id = try await api.submit("countdown", #"{"steps":100}"#)
                try await eventually("it counts; the log: \(first.logText)") {
                    try await api.job(id).progress.map { $0.percent > 0 } ?? false
                }
                first.signal(SIGSTOP)
                _ = try await installation.pythonWorker(api)
                let job = try await api.ended(id)
                first.signal(SIGCONT)
                #expect(job.state == "succeeded" && job.attempt == 2)
                try await eventually("it registers again; the log: \(first.logText)") {
                    first.logText.components(separatedBy: "registered as").count == 3
                }
                let after = try await api.job(id)
                #expect(after.state == "succeeded" && after.attempt == 2)
                let next = try await api.ended(try await api.submit("countdown", #"{"steps":1}"#))
                #expect(next.state == "succeeded")
            }
        }

        @Test("SIGTERM lets a short job end, hands a long one back without spending an attempt, and ends the worker")
        func drains() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server()
                let worker = try await installation.pythonWorker(api, drain: "10")
                let short = try await api.submit("countdown", #"{"steps":30}"#)
                let long = try await api.submit("countdown", #"{"steps":3000}"#)
                try await eventually("both run") {
                    let states = [try await api.job(short).state, try await api.job(long).state]
                    return states == ["leased", "leased"]
                }
                worker.signal(SIGTERM)
                #expect(try await worker.ended() == 0, "\(worker.logText)")
                #expect(try await api.job(short).state == "succeeded")
                let waiting = try await api.job(long)
                #expect(waiting.state == "ready" && waiting.attempt == 0)
            }
        }

        @Test("cancel reaches the handler, and the worker goes on")
        func cancels() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server()
                let worker = try await installation.pythonWorker(api)
                let id = try await api.submit("countdown", #"{"steps":3000}"#)
                try await eventually("it runs") { try await api.job(id).state == "leased" }
                #expect(try await api.send("POST", "/api/v1/jobs/\(id)/cancel").status == 202)
                #expect(try await api.ended(id).state == "canceled", "\(worker.logText)")
                let next = try await api.ended(try await api.submit("count-words", #"{"text":"a"}"#))
                #expect(next.state == "succeeded")
            }
        }

        @Test("while the server is away it waits, and goes on with a new session")
        func outlivesTheServer() async throws {
            try await Installation.with { installation in
                let (server, api) = try await installation.server()
                let worker = try await installation.pythonWorker(api, lease: "2")
                try await server.killNow()
                try await eventually("it notices") { worker.logText.contains("no jobs") }
                let port = try #require(api.url.port)
                let again = try installation.start(["serve", "--http-port", "\(port)"])
                try await eventually("the server is back; its log: \(again.logText)") {
                    again.logText.contains("server is listening")
                }
                let job = try await api.ended(try await api.submit("count-words", #"{"text":"a"}"#))
                #expect(job.state == "succeeded", "\(worker.logText)")
            }
        }

        @Test("the calls by hand in docs/workers.md work as they are written")
        func document() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server()
                let page = try String(
                    contentsOf: SuishaProcess.project.appending(path: "docs/workers.md"), encoding: .utf8)
                let section = try #require(page.components(separatedBy: "\n## By hand\n").last)
                    .components(separatedBy: "\n## ")[0]
                let script = section.components(separatedBy: "```sh\n").dropFirst().map {
                    $0.components(separatedBy: "```")[0]
                }
                #expect(script.count == 4)
                let shell = try installation.run(
                    ["/bin/bash", "-eu", "-c", script.joined()],
                    environment: ["SUISHA": api.url.absoluteString, "TOKEN": api.token])
                #expect(try await shell.ended() == 0, "\(shell.logText)")
                #expect(shell.logText.contains(#""text":"Hello, Aiko""#), "\(shell.logText)")
                #expect(!shell.logText.contains("urn:suisha:problem"), "\(shell.logText)")
            }
        }
    }
}

extension Installation {
    /// Starts the example's worker and returns when the server knows it.
    fileprivate func pythonWorker(_ api: API, lease: String = "8", drain: String = "20") async throws -> SuishaProcess {
        let script = SuishaProcess.project.appending(path: "examples/python-worker/example.py").path
        let worker = try run(
            ["/usr/bin/env", "python3", "-B", script],
            environment: [
                "SUISHA_URL": api.url.absoluteString, "SUISHA_TOKEN": api.token, "WORKER_LEASE": lease,
                "WORKER_DRAIN": drain, "PYTHONUNBUFFERED": "1",
            ])
        try await eventually("the worker registers; its log: \(worker.logText)") {
            worker.logText.contains("registered as")
        }
        return worker
    }
}

extension API {
    fileprivate func submit(_ kind: String, _ input: String) async throws -> String {
        let reply = try await send(
            "POST", "/api/v1/jobs", headers: ["Content-Type": "application/json"],
            body: Data(#"{"kind":"\#(kind)","input":\#(input)}"#.utf8))
        return try reply.decode(JobDocument.self).id
    }
}
