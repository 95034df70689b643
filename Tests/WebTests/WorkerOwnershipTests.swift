import Conformance
import Foundation
import Model
import NIOHTTP1
import Storage
import Testing

@Suite("A9: who owns a job of an outside worker")
struct WorkerOwnershipTests {
    /// Attacks: two owners.
    @Test("a lease that is over is refused on every kind of write, and nothing of it is stored")
    func staleEpochs() async throws {
        try await TestServer.with { server in
            let stale = try await server.register(lease: 5_000)
            let id = try await server.submit("resize")
            let before = try await stale.lease()
            try await stale.lapse()
            let current = try await server.register()
            let lease = try await current.lease()
            #expect(lease.job == id && lease.epoch == before.epoch + 1)

            for (what, more) in TestWorker.writes {
                for answer in [
                    try await stale.say(what, more, of: before),
                    // The right epoch in the wrong hands, and the wrong one in the right hands.
                    try await stale.say(what, more, of: lease), try await current.say(what, more, of: before),
                    try await current.say(what, more, of: lease, epoch: lease.epoch + 1),
                ] {
                    #expect(answer.status == 409, "\(what): \(answer.text)")
                    #expect(try answer.string("type") == "urn:suisha:problem:fenced")
                }
            }
            #expect(try await stale.publish("late", as: "late.txt", of: before).status == 409)
            #expect(try await stale.send(.POST, "/heartbeat").status == 410)
            let job = try await server.send(.GET, "/api/v1/jobs/\(id)").json()
            #expect(job["state"] as? String == "leased" && job["attempt"] as? Int == 2)
            #expect(try await server.send(.GET, "/api/v1/jobs/\(id)/logs").items().isEmpty)
            #expect(try await server.send(.GET, "/api/v1/jobs/\(id)/artifacts").items().isEmpty)
            #expect(try await server.uploads() == 0, "the late file stayed")
            #expect(try await current.say("complete", of: lease).status == 204)
        }
    }

    /// Attacks: a worker that guesses the epoch of a job that the server runs itself.
    @Test("a job of the server's own worker is nobody else's")
    func ownJobs() async throws {
        try await TestServer.with { server in
            let worker = try await server.register()
            let id = try await server.submit("gate")
            _ = try await server.wait(for: id, toBe: [.leased])
            let lease = TestWorker.Lease(job: id, epoch: 1, attempt: 1)
            for (what, more) in TestWorker.writes {
                #expect(try await worker.say(what, more, of: lease).status == 409)
            }
            server.steering.say("end", to: id)
            #expect(try await server.wait(for: id, toBe: [.succeeded]).result?.text == "{}")
        }
    }

    @Test("a worker or job of another workspace is not there")
    func foreignWorkspace() async throws {
        try await TestServer.with(worker: false) { server in
            let mine = try await server.register()
            let kind = OutsideKind(
                name: "resize", summary: "Resizes", band: .batch, maxAttempts: 5, timeout: .seconds(60))
            let other = OutsideWorker(
                workspace: WorkspaceID(), name: "other", kinds: ["resize"], lease: .seconds(60))
            try await server.store.register(other, kinds: [kind])
            let new = NewJob(workspace: other.workspace, kind: "resize", input: .emptyObject, inputHash: "h")
            let job = try await server.store.submit([new], maximumDepth: 10)[0].job
            #expect(try await mine.leases(wait: 0).isEmpty)
            let leased = try #require(try await server.store.claim(limit: 1, for: other).first)

            let foreign = TestWorker(server: server, id: other.id.description)
            let lease = TestWorker.Lease(job: job.id.description, epoch: Int(leased.job.epoch), attempt: 1)
            for worker in [mine, foreign] {
                for (what, more) in TestWorker.writes {
                    let answer = try await worker.say(what, more, of: lease)
                    #expect(answer.status == 404, "\(what): \(answer.text)")
                }
                #expect(try await worker.publish("x", as: "x.txt", of: lease).status == 404)
            }
            #expect(try await foreign.send(.POST, "/lease", "{}").status == 404)
            #expect(try await foreign.send(.POST, "/heartbeat").status == 404)
            #expect(try await foreign.send(.DELETE, "").status == 404)
            #expect(try await server.store.renew(other)?.map(\.lease) == [leased.lease])
        }
    }

    @Test("an end is told again after a lost answer: nothing changes, and it succeeds")
    func repeats() async throws {
        try await TestServer.with(worker: false) { server in
            let worker = try await server.register()
            for (what, more, state) in [
                ("complete", #","result":{"n":1}"#, "succeeded"),
                ("fail", #","code":"bad","message":"Bad.","retryable":false"#, "dead"),
                ("fail", #","code":"bad","message":"Bad.","retryable":true,"retry_after_ms":60000"#, "scheduled"),
                ("release", "", "ready"),
            ] {
                let id = try await server.submit("resize")
                let lease = try await worker.lease()
                #expect(lease.job == id)
                for _ in 0..<3 { #expect(try await worker.say(what, more, of: lease).status == 204) }
                let job = try await server.send(.GET, "/api/v1/jobs/\(id)").json()
                #expect(job["state"] as? String == state)
                #expect(job["attempt"] as? Int == (what == "release" ? 0 : 1))
                // Another end than the one that was told is refused.
                let (other, members) =
                    what == "complete"
                    ? ("fail", #","code":"bad","message":"Bad.","retryable":false"#) : ("complete", "")
                let answer = try await worker.say(other, members, of: lease)
                #expect(answer.status == 409)
            }
        }
    }

    @Test("closing a session hands its jobs back, and its id means nothing any more")
    func closing() async throws {
        try await TestServer.with(worker: false) { server in
            let worker = try await server.register()
            let id = try await server.submit("resize")
            let lease = try await worker.lease()
            #expect(try await worker.send(.DELETE, "").status == 204)
            #expect(try await worker.send(.POST, "/heartbeat").status == 404)
            #expect(try await worker.say("complete", of: lease).status == 404)
            let again = try await server.register().lease()
            #expect(again.job == id && again.epoch == 2 && again.attempt == 1)
        }
    }
}
