import Conformance
import Foundation
import Model
import NIOHTTP1
import Testing

@Suite("A9: how jobs of outside workers end")
struct WorkerEndingTests {
    @Test("a failure is tried again, not before Retry-After, until the attempts are used up")
    func retries() async throws {
        try await TestServer.with { server in
            let worker = try await server.register(#"{"name":"resize","max_attempts":2}"#)
            let id = try await server.submit("resize")
            let first = try await worker.lease()
            let begun = Timestamp.now
            let failure = #","code":"busy","message":"Busy.","retryable":true"#
            let delayed = failure + #","retry_after_ms":5000"#
            #expect(try await worker.say("fail", delayed, of: first).status == 204)
            let waiting = try await server.wait(for: id, toBe: [.scheduled])
            #expect(waiting.failure?.code == "busy" && waiting.failure?.retryable == true)
            #expect(waiting.runAt - begun >= .seconds(5))
            // The leader's sweep makes it ready, and wakes the request that waits.
            let second = try await worker.lease()
            #expect(second.job == id && second.attempt == 2)
            #expect(try await worker.say("fail", failure, of: second).status == 204)
            let dead = try await server.wait(for: id, toBe: [.dead])
            #expect(dead.failure?.retryable == false)
        }
    }

    @Test("a failure that is not retryable is the end")
    func permanent() async throws {
        try await TestServer.with(worker: false) { server in
            let worker = try await server.register()
            let id = try await server.submit("resize")
            let failure = #","code":"bad-image","message":"It is no image.","retryable":false"#
            #expect(try await worker.say("fail", failure, of: worker.lease()).status == 204)
            let job = try await server.send(.GET, "/api/v1/jobs/\(id)").json()
            #expect(job["state"] as? String == "dead")
            #expect((job["error"] as? [String: Any])?["code"] as? String == "bad-image")
        }
    }

    @Test("cancel reaches the worker with its heartbeat and its reports, and releasing the job ends it")
    func cancel() async throws {
        try await TestServer.with(worker: false) { server in
            let worker = try await server.register()
            let id = try await server.submit("resize")
            let lease = try await worker.lease()
            #expect(try await worker.heartbeat() == [id: ""])
            #expect(try await server.send(.POST, "/api/v1/jobs/\(id)/cancel").status == 202)
            #expect(try await worker.heartbeat() == [id: "canceled"])
            let report = try await worker.say("progress", #","percent":50"#, of: lease)
            #expect(try report.json()["cancel_requested"] as? Bool == true)
            #expect(try report.string("reason") == "canceled")
            for _ in 0..<2 { #expect(try await worker.say("release", of: lease).status == 204) }
            #expect(try await server.wait(for: id, toBe: [.canceled]).attempt == 1)
        }
    }

    @Test("a job that takes too long is asked to stop, and ended a lease later although its worker lives")
    func timeout() async throws {
        try await TestServer.with(worker: false) { server in
            let kind = #"{"name":"resize","timeout_ms":1000,"max_attempts":1}"#
            let worker = try await server.register(kind, lease: 5_000)
            let id = try await server.submit("resize")
            let lease = try await worker.lease()
            try await eventually("it is asked to stop") { try await worker.heartbeat() == [id: "timed-out"] }
            try await eventually("it is ended") { try await worker.heartbeat().isEmpty }
            let job = try await server.wait(for: id, toBe: [.dead])
            #expect(job.failure?.code == "timed-out")
            #expect(try await worker.say("complete", of: lease).status == 409)
        }
    }

    @Test("a job that took too long and is released has used its attempt")
    func overdueRelease() async throws {
        try await TestServer.with(worker: false) { server in
            let worker = try await server.register(#"{"name":"resize","timeout_ms":1000,"max_attempts":1}"#)
            let id = try await server.submit("resize")
            let lease = try await worker.lease()
            try await eventually("its time is up") { try await worker.heartbeat() == [id: "timed-out"] }
            #expect(try await worker.say("release", of: lease).status == 204)
            #expect(try await server.wait(for: id, toBe: [.dead]).failure?.code == "timed-out")
        }
    }

    @Test("a job whose worker vanishes runs again on another one, with the next epoch")
    func vanishing() async throws {
        try await TestServer.with { server in
            let first = try await server.register(lease: 5_000)
            let id = try await server.submit("resize")
            _ = try await first.lease()
            // No heartbeat comes. The other worker waits until the leader has given the job back.
            let second = try await server.register()
            let lease = try await second.lease()
            #expect(lease.job == id && lease.epoch == 2 && lease.attempt == 2)
            #expect(try await second.say("complete", of: lease).status == 204)
        }
    }

    @Test("a log ends at its bound, and long lines are cut")
    func logs() async throws {
        try await TestServer.with(worker: false) { server in
            let worker = try await server.register()
            let id = try await server.submit("resize")
            let lease = try await worker.lease()
            let long = #"{"level":"info","message":"\#(String(repeating: "x", count: 5_000))"}"#
            #expect(try await worker.say("log", #","lines":[\#(long)]"#, of: lease).status == 200)
            let stored = try await server.send(.GET, "/api/v1/jobs/\(id)/logs").items()
            #expect((stored.first?["message"] as? String)?.count == 4_096)
            let lines = Array(repeating: #"{"level":"debug","message":"m"}"#, count: 500).joined(separator: ",")
            var kept = 1
            for _ in 0..<21 {
                let answer = try await worker.say("log", #","lines":[\#(lines)]"#, of: lease)
                kept += try answer.json()["kept"] as? Int ?? 0
            }
            let job = try await server.send(.GET, "/api/v1/jobs/\(id)").json()
            #expect(job["position"] as? Int == 10_000)
            #expect(kept > 9_900 && kept < 10_000)
        }
    }
}
