import Foundation
import Model
import NIOHTTP1
import Storage
import Testing

@Suite("Queues, caps and limits over HTTP (A4, C1)")
struct QueueRouteTests {
    private func count(_ queue: [String: Any], _ state: String) -> Int {
        (queue["states"] as? [String: Int])?[state] ?? 0
    }

    @Test("a paused queue takes jobs and starts none until it is resumed")
    func pauseAndResume() async throws {
        try await TestServer.with { server in
            #expect(try await server.send(.GET, "/api/v1/queues").items().isEmpty)
            let paused = try await server.send(.POST, "/api/v1/queues/echo/pause")
            #expect(paused.status == 200)
            #expect(try paused.string("mode") == "paused")
            let id = try await server.submit("echo", #"{"text":"a"}"#)
            // What is submitted later to another queue runs before.
            _ = try await server.wait(for: server.submit("fail"), toBe: [.dead])
            let queue = try #require(try await server.send(.GET, "/api/v1/queues").items().first)
            #expect(queue["kind"] as? String == "echo" && queue["mode"] as? String == "paused")
            #expect(count(queue, "parked") == 1)
            #expect(queue["oldest_waiting"] is String)
            #expect(try await server.send(.POST, "/api/v1/queues/echo/resume").string("mode") == "running")
            _ = try await server.wait(for: id, toBe: [.succeeded])
        }
    }

    @Test("a drained queue refuses new jobs with 503, says so, and takes them again after resume")
    func drain() async throws {
        try await TestServer.with(worker: false) { server in
            _ = try await server.submit("echo")
            #expect(try await server.send(.POST, "/api/v1/queues/echo/drain").string("mode") == "draining")
            let refused = try await server.send(.POST, "/api/v1/jobs", json: #"{"kind":"echo","input":{}}"#)
            #expect(refused.status == 503)
            #expect(refused.headers["retry-after"] == ["30"])
            #expect(try refused.string("detail").contains("'echo' is being drained"))
            _ = try await server.submit("gate")
            _ = try await server.send(.POST, "/api/v1/queues/echo/resume")
            _ = try await server.submit("echo")
        }
    }

    @Test("a queue of a kind that is not there is refused with those that are")
    func unknownQueue() async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await server.send(.POST, "/api/v1/queues/none/pause")
            #expect(answer.status == 404)
            #expect(try answer.string("detail").contains("copy, echo, fail, gate"))
            #expect(try await server.send(.GET, "/api/v1/queues").items().isEmpty)
            #expect(try await server.send(.POST, "/api/v1/queues/echo/stop").status == 404)
            #expect(try await server.send(.GET, "/api/v1/queues/echo/pause").status == 405)
        }
    }

    @Test("a cap bounds the jobs under its name, and is widened while they wait")
    func caps() async throws {
        try await TestServer.with { server in
            #expect(try await server.send(.GET, "/api/v1/caps").items().isEmpty)
            var ids: [String] = []
            for _ in 0..<2 {
                let body = #"{"kind":"gate","input":{},"caps":{"repository:website":1}}"#
                ids.append(try await server.send(.POST, "/api/v1/jobs", json: body).string("id"))
            }
            _ = try await server.wait(for: ids[0], toBe: [.leased])
            let job = try await server.send(.GET, "/api/v1/jobs/\(ids[0])").json()
            #expect(job["caps"] as? [String] == ["repository:website"] && job["needs"] == nil)
            let cap = try #require(try await server.send(.GET, "/api/v1/caps").items().first)
            #expect(cap["key"] as? String == "repository:website")
            #expect(cap["slots"] as? Int == 1 && cap["taken"] as? Int == 1 && cap["shared"] as? Bool == false)
            let wider = try await server.send(.PUT, "/api/v1/caps/repository:website", json: #"{"slots":2}"#)
            #expect(wider.status == 200)
            #expect(try wider.json()["slots"] as? Int == 2)
            _ = try await server.wait(for: ids[1], toBe: [.leased])
            for id in ids { server.steering.say("end", to: id) }
        }
    }

    @Test(
        "caps and limits that cannot be are refused",
        arguments: [
            ("/api/v1/caps/x", #"{"slots":0}"#, 422, "slots"), ("/api/v1/caps/x", #"{"slots":"a"}"#, 400, "slots"),
            ("/api/v1/caps/x", "{}", 400, "slots"), ("/api/v1/caps/a%20b", #"{"slots":1}"#, 422, "key"),
            ("/api/v1/caps/x", #"{"slots":100001}"#, 422, "slots"),
            ("/api/v1/caps/\(String(repeating: "k", count: 121))", #"{"slots":1}"#, 422, "key"),
            ("/api/v1/limits", #"{"weight":0}"#, 422, "weight"), ("/api/v1/limits", #"{"weight":1001}"#, 422, "weight"),
            ("/api/v1/limits", #"{"weight":1,"slots":0}"#, 422, "slots"), ("/api/v1/limits", "{}", 400, "weight"),
        ] as [(String, String, Int, String)])
    func refused(path: String, body: String, status: Int, field: String) async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await server.send(.PUT, path, json: body)
            #expect(answer.status == status, "\(answer.text)")
            #expect(try answer.string("field") == field)
            #expect(try await server.send(.GET, "/api/v1/caps").items().isEmpty)
        }
    }

    @Test("limits are read, set and taken away again, and hold for the workers")
    func limits() async throws {
        try await TestServer.with { server in
            let first = try await server.send(.GET, "/api/v1/limits")
            #expect(first.text == #"{"slots":null,"weight":1}"#)
            let set = try await server.send(.PUT, "/api/v1/limits", json: #"{"weight":3,"slots":1}"#)
            #expect(set.text == #"{"slots":1,"weight":3}"#)
            let (one, two) = (try await server.submit("gate"), try await server.submit("gate"))
            _ = try await server.wait(for: one, toBe: [.leased])
            #expect(try await server.store.job(#require(JobID(two)), in: .local)?.state == .parked)
            #expect(try await server.send(.PUT, "/api/v1/limits", json: first.text).text == first.text)
            _ = try await server.wait(for: two, toBe: [.leased])
            for id in [one, two] { server.steering.say("end", to: id) }
        }
    }

    @Test("nothing of another workspace is seen or touched; shared caps are seen and stay")
    func otherWorkspaces() async throws {
        try await TestServer.with(worker: false) { server in
            let other = WorkspaceID()
            try await server.store.setMode(.paused, of: "echo", in: other)
            try await server.store.setCap(Cap(#require(CapKey("mine", in: other)), slots: 7))
            try await server.store.setCap(Cap(#require(CapKey(server: "provider")), slots: 5))
            try await server.store.setLimit(.init(weight: 9, slots: 9), of: other)
            #expect(try await server.send(.GET, "/api/v1/queues").items().isEmpty)
            #expect(try await server.send(.GET, "/api/v1/limits").text == #"{"slots":null,"weight":1}"#)
            _ = try await server.send(.POST, "/api/v1/queues/echo/resume")
            _ = try await server.send(.PUT, "/api/v1/limits", json: #"{"weight":2}"#)
            _ = try await server.send(.PUT, "/api/v1/caps/mine", json: #"{"slots":1}"#)
            _ = try await server.send(.PUT, "/api/v1/caps/provider", json: #"{"slots":1}"#)
            #expect(try await server.store.queues(in: other).first?.mode == .paused)
            #expect(try await server.store.limit(of: other) == .init(weight: 9, slots: 9))
            let caps = try await server.store.caps(in: other)
            #expect(caps.first { !$0.isShared }?.slots == 7)
            #expect(caps.first { $0.isShared }?.slots == 5)
            let seen = try await server.send(.GET, "/api/v1/caps").items().compactMap { $0["shared"] as? Bool }
            #expect(seen.count { $0 } == 1 && seen.count { !$0 } == 2)
        }
    }

    @Test("nobody reads or sets anything without the token", arguments: ["queues", "caps", "limits", "schedules"])
    func unauthenticated(name: String) async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await server.send(.GET, "/api/v1/\(name)", as: .nobody)
            #expect(answer.status == 401)
        }
    }
}
