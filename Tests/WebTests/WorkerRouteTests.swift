import Conformance
import Foundation
import Model
import NIOHTTP1
import Storage
import Testing

@testable import Engine

@Suite("A9: workers over HTTP")
struct WorkerRouteTests {
    @Test("a job goes from its submission through an outside worker to its result")
    func runs() async throws {
        try await TestServer.with(worker: false) { server in
            let worker = try await server.register(
                #"{"name":"resize","summary":"Resizes","band":"interactive","max_attempts":3,"timeout_ms":9000}"#)
            let kinds = try await server.send(.GET, "/api/v1/kinds").items()
            #expect(kinds.contains { $0["name"] as? String == "resize" && $0["summary"] as? String == "Resizes" })

            let id = try await server.submit("resize", #"{"width":3}"#)
            let answer = try await worker.send(.POST, "/lease", #"{"limit":5,"wait_ms":30000}"#)
            let job = try #require((answer.json()["jobs"] as? [[String: Any]])?.first)
            #expect(job["id"] as? String == id && job["kind"] as? String == "resize")
            #expect(job["input"] as? [String: Int] == ["width": 3])
            #expect(job["epoch"] as? Int == 1 && job["attempt"] as? Int == 1)
            #expect(job["max_attempts"] as? Int == 3 && job["timeout_ms"] as? Int == 9_000)
            let lease = TestWorker.Lease(job: id, epoch: 1, attempt: 1)

            let progress = try await worker.say(
                "progress", #","percent":40,"stage":"read","operation":"1 of 2""#, of: lease)
            #expect(progress.status == 200)
            #expect(try progress.json()["cancel_requested"] as? Bool == false)
            let log = try await worker.say(
                "log", #","lines":[{"level":"warning","message":"odd","fields":{"at":"2"}}]"#, of: lease)
            #expect(try log.json()["kept"] as? Int == 1)
            #expect(try await worker.publish("first", as: "out.txt", of: lease).status == 200)
            #expect(try await worker.publish("second", as: "out.txt", of: lease).status == 200)
            let running = try await server.send(.GET, "/api/v1/jobs/\(id)").json()
            #expect((running["progress"] as? [String: Any])?["percent"] as? Double == 40)
            #expect(try await worker.say("complete", #","result":{"ok":true}"#, of: lease).status == 204)

            let ended = try await server.send(.GET, "/api/v1/jobs/\(id)").json()
            #expect(ended["state"] as? String == "succeeded")
            #expect(ended["result"] as? [String: Bool] == ["ok": true])
            #expect(try await server.send(.GET, "/api/v1/jobs/\(id)/artifacts/out.txt").text == "second")
            #expect(try await server.uploads() == 1, "the file that was replaced is still there")
            let lines = try await server.send(.GET, "/api/v1/jobs/\(id)/logs").items()
            #expect(lines.map { $0["message"] as? String } == ["odd"])
            #expect(try await worker.heartbeat().isEmpty)
        }
    }

    @Test(
        "a registration that cannot be says what is wrong",
        arguments: [
            (#"{"kinds":[{"name":"a"}]}"#, 400, "name"), (#"{"name":"w"}"#, 400, "kinds"),
            (#"{"name":"w","kinds":[]}"#, 422, "kinds"), (#"{"name":"","kinds":[{"name":"a"}]}"#, 422, "name"),
            (#"{"name":"w","kinds":[{"name":"A b"}]}"#, 422, "kinds[0].name"),
            (#"{"name":"w","kinds":[{"name":"a"},{"name":"a"}]}"#, 422, "kinds[1].name"),
            (#"{"name":"w","kinds":[{"name":"a"},{"name":"echo"}]}"#, 409, "kinds[1].name"),
            (#"{"name":"w","kinds":[{"name":"a","band":"fast"}]}"#, 422, "kinds[0].band"),
            (#"{"name":"w","kinds":[{"name":"a","max_attempts":0}]}"#, 422, "kinds[0].max_attempts"),
            (#"{"name":"w","kinds":[{"name":"a","timeout_ms":1}]}"#, 422, "kinds[0].timeout_ms"),
            (#"{"name":"w","kinds":[{"name":"a"}],"lease_ms":600001}"#, 422, "lease_ms"),
            (#"{"name":"w","kinds":[{"name":"a","summary":"two\nlines"}]}"#, 422, "kinds[0].summary"),
        ] as [(String, Int, String?)])
    func badRegistrations(body: String, status: Int, field: String?) async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await server.send(.POST, "/api/v1/workers", json: body)
            #expect(answer.status == status, "\(answer.text)")
            #expect(try answer.json()["field"] as? String == field)
            #expect(try await server.send(.GET, "/api/v1/kinds").items().count == 4, "a kind was registered")
        }
    }

    @Test("what a worker says about a job is checked, and bad input leaves the job as it is")
    func badInput() async throws {
        try await TestServer.with(worker: false) { server in
            let worker = try await server.register()
            let id = try await server.submit("resize")
            let lease = try await worker.lease()
            let long = String(repeating: "s", count: 101)
            let lines = Array(repeating: #"{"level":"info","message":"m"}"#, count: 501).joined(separator: ",")
            for (what, more, status, field) in [
                ("progress", "", 400, "percent"), ("progress", #","percent":101"#, 422, "percent"),
                ("progress", #","percent":"5""#, 400, "percent"),
                ("progress", #","percent":5,"stage":"\#(long)""#, 422, "stage"),
                ("log", #","lines":[{"level":"loud","message":"m"}]"#, 400, "lines[0].level"),
                ("log", #","lines":[\#(lines)]"#, 422, "lines"), ("complete", #","result":[1]"#, 422, "result"),
                ("fail", #","code":"Bad Code","message":"m","retryable":true"#, 422, "code"),
                ("fail", #","code":"bad","message":"m""#, 400, "retryable"),
                ("fail", #","code":"bad","message":"m","retryable":true,"retry_after_ms":-1"#, 422, "retry_after_ms"),
            ] {
                let answer = try await worker.say(what, more, of: lease)
                #expect(answer.status == status, "\(what) \(answer.text)")
                #expect(try answer.json()["field"] as? String == field)
            }
            #expect(try await worker.send(.POST, "/jobs/\(id)/complete", "{}").status == 400)
            #expect(try await worker.send(.POST, "/jobs/job_1/complete", #"{"epoch":1}"#).status == 400)
            #expect(try await worker.send(.POST, "/jobs/\(JobID())/complete", #"{"epoch":1}"#).status == 404)
            #expect(try await worker.publish("x", as: "a%2fb", of: lease).status >= 400)
            #expect(try await worker.publish("x", as: "..", of: lease).status >= 400)
            #expect(try await server.uploads() == 0, "a refused file stayed")
            for body in [#"{"limit":0}"#, #"{"limit":65}"#, #"{"wait_ms":30001}"#, #"{"wait_ms":-1}"#] {
                #expect(try await worker.send(.POST, "/lease", body).status == 422)
            }
            for path in ["/lease", "/heartbeat"] {
                let answer = try await server.send(
                    .POST, "/api/v1/workers/\(WorkerSessionID())\(path)", json: #"{"wait_ms":0}"#)
                #expect(answer.status == 404)
            }
            #expect(try await server.send(.DELETE, "/api/v1/workers/none").status == 404)
            #expect(try await worker.heartbeat() == [id: ""])
        }
    }

    @Test("kinds stay known without a worker, an unknown one is refused, and another registration changes them")
    func kinds() async throws {
        try await TestServer.with(worker: false) { server in
            let refused = try await server.send(.POST, "/api/v1/jobs", json: #"{"kind":"resize","input":{}}"#)
            #expect(refused.status == 422)
            let first = try await server.register(#"{"name":"resize","max_attempts":2}"#)
            #expect(try await first.send(.DELETE, "").status == 204)
            let id = try await server.submit("resize")
            let array = try await server.send(.POST, "/api/v1/jobs", json: #"{"kind":"resize","input":[1]}"#)
            #expect(try array.status == 422 && array.string("field") == "input")
            let unknown = try await server.send(.POST, "/api/v1/jobs", json: #"{"kind":"other","input":{}}"#)
            #expect(try unknown.status == 422 && unknown.string("detail").contains("resize"))
            let batch = try await server.send(
                .POST, "/api/v1/batch", json: #"{"kind":"resize","items":[{"a":1},{"a":2}]}"#)
            #expect(batch.status == 202)

            let second = try await server.register(#"{"name":"resize","max_attempts":7}"#)
            let later = try await server.submit("resize")
            #expect(try await second.leases(limit: 9).map(\.job).contains(id))
            #expect(try await server.send(.GET, "/api/v1/jobs/\(id)").json()["max_attempts"] as? Int == 2)
            #expect(try await server.send(.GET, "/api/v1/jobs/\(later)").json()["max_attempts"] as? Int == 7)
        }
    }

    // MARK: Waiting

    @Test("a request that waits gets a job the moment it is submitted")
    func longPollWakes() async throws {
        try await TestServer.with(worker: false) { server in
            let worker = try await server.register()
            async let leases = worker.leases(wait: 30_000)
            let begun = ContinuousClock.now
            let id = try await server.submit("resize")
            #expect(try await leases.map(\.job) == [id])
            #expect(begun.duration(to: .now) < .seconds(15))
        }
    }

    @Test("a request that waits is answered with nothing at its deadline, and when the server stops")
    func longPollEnds() async throws {
        try await TestServer.with(worker: false) { server in
            let worker = try await server.register()
            #expect(try await worker.leases(wait: 0).isEmpty)
            let begun = ContinuousClock.now
            #expect(try await worker.leases(wait: 200).isEmpty)
            #expect(begun.duration(to: .now) >= .milliseconds(200))
            try await withThrowingTaskGroup(of: [TestWorker.Lease].self) { group in
                for _ in 0..<3 { group.addTask { try await worker.leases(wait: 30_000) } }
                try await eventually("they wait") { server.workers.polls.count == 3 }
                await server.shutDown()
                for try await leases in group { #expect(leases.isEmpty) }
            }
            #expect(begun.duration(to: .now) < .seconds(20))
        }
    }

    /// Attacks: a job that is given to a worker which died while it waited.
    @Test("a request whose worker went away waits no longer, and takes no job")
    func longPollAbandoned() async throws {
        try await TestServer.with(worker: false) { server in
            let worker = try await server.register()
            let body = #"{"wait_ms":30000}"#
            try await TestConnection.with(port: server.port) { connection in
                let headers = server.headers(
                    .token, [("Content-Type", "application/json"), ("Content-Length", "\(body.utf8.count)")])
                try await connection.send(.POST, "/api/v1/workers/\(worker.id)/lease", headers)
                try await connection.send(body)
                try await connection.end()
                try await eventually("it waits") { server.workers.polls.count == 1 }
            }
            try await eventually("it waits no longer", within: .seconds(10)) { server.workers.polls.count == 0 }
            let id = try await server.submit("resize")
            let lease = try await worker.lease()
            #expect(lease.job == id && lease.epoch == 1)
        }
    }

    @Test("a batch of jobs is shared between workers, each job once")
    func sharing() async throws {
        try await TestServer.with(worker: false) { server in
            let workers = [try await server.register(), try await server.register()]
            var ids: Set<String> = []
            for _ in 0..<10 { ids.insert(try await server.submit("resize")) }
            let first = try await workers[0].leases(limit: 4)
            let rest = try await workers[1].leases(limit: 64)
            #expect(first.count == 4 && rest.count == 6)
            #expect(Set((first + rest).map(\.job)) == ids)
        }
    }
}
