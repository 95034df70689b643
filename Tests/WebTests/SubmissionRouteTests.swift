import Foundation
import Model
import NIOHTTP1
import Storage
import Testing

@Suite("Submissions that say when and beside what (A4, A5, A6, C1)")
struct SubmissionRouteTests {
    private func submit(_ server: TestServer, _ more: String) async throws -> TestServer.Answer {
        try await server.send(.POST, "/api/v1/jobs", json: #"{"kind":"echo","input":{"text":"a"},\#(more)}"#)
    }

    @Test("a job waits for its delay or its moment, and the moment is kept to the millisecond")
    func later() async throws {
        try await TestServer.with(worker: false) { server in
            let delayed = try await submit(server, #""delay_ms":3600000"#)
            #expect(try delayed.string("state") == "scheduled")
            let moment = Timestamp(microseconds: (Timestamp.now.microseconds / 1_000 + 86_400_000) * 1_000)
            let planned = try await submit(server, #""run_at":"\#(moment)""#)
            #expect(try planned.string("state") == "scheduled")
            #expect(try planned.string("run_at") == moment.description)
            let past = try await submit(server, #""run_at":"2020-01-01T00:00:00Z""#)
            #expect(try past.string("state") == "parked")
        }
    }

    @Test(
        "options that cannot be are refused with the field and what is allowed",
        arguments: [
            (#""delay_ms":-1"#, 422, "delay_ms"), (#""delay_ms":31536000001"#, 422, "delay_ms"),
            (#""delay_ms":9223372036854775807"#, 422, "delay_ms"), (#""delay_ms":"1h""#, 400, "delay_ms"),
            (#""run_at":"9999-12-31T00:00:00Z""#, 422, "run_at"), (#""run_at":"tomorrow""#, 400, "run_at"),
            (#""delay_ms":1,"run_at":"2020-01-01T00:00:00Z""#, 422, "run_at"),
            (#""expires_in_ms":0"#, 422, "expires_in_ms"), (#""delay_ms":5,"expires_in_ms":5"#, 422, "expires_in_ms"),
            (#""needs":["job_1"]"#, 400, "needs[0]"), (#""needs":["\#(JobID())"]"#, 422, "needs"),
            (#""when_need_fails":"shrug""#, 422, "when_need_fails"),
            (#""caps":{"a b":1}"#, 422, "caps.a b"), (#""caps":{"a/b":1}"#, 422, "caps.a/b"),
            (#""caps":{"a":0}"#, 422, "caps.a"),
            (#""caps":{"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1,"8":1,"9":1}"#, 422, "caps"),
            (#""priority":-101"#, 422, "priority"),
        ])
    func refused(more: String, status: Int, field: String) async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await submit(server, more)
            #expect(answer.status == status, "\(answer.text)")
            #expect(try answer.string("field") == field)
            #expect(try await server.send(.GET, "/api/v1/jobs").items().isEmpty)
        }
    }

    @Test("more than 1,000 needs are refused")
    func manyNeeds() async throws {
        try await TestServer.with(worker: false) { server in
            let needs = (0...1_000).map { _ in "\"\(JobID())\"" }.joined(separator: ",")
            let answer = try await submit(server, "\"needs\":[\(needs)]")
            #expect(try answer.string("field") == "needs")
        }
    }

    @Test("a job runs after those that it needs; one that fails cancels it, unless it runs all the same")
    func needs() async throws {
        try await TestServer.with { server in
            let gate = try await server.submit("gate")
            let after = try await submit(server, #""needs":["\#(gate)"]"#)
            #expect(try after.string("state") == "blocked")
            let shown = try await server.send(.GET, "/api/v1/jobs/\(after.string("id"))").json()
            #expect(shown["needs"] as? [String] == [gate])
            server.steering.say("end", to: gate)
            _ = try await server.wait(for: after.string("id"), toBe: [.succeeded])

            let failed = try await server.submit("fail")
            _ = try await server.wait(for: failed, toBe: [.dead])
            let canceled = try await submit(server, #""needs":["\#(failed)"]"#)
            _ = try await server.wait(for: canceled.string("id"), toBe: [.canceled])
            let ran = try await submit(server, #""needs":["\#(failed)"],"when_need_fails":"run""#)
            _ = try await server.wait(for: ran.string("id"), toBe: [.succeeded])
        }
    }

    @Test("a job of another workspace can neither be needed nor retried")
    func otherWorkspaces() async throws {
        try await TestServer.with(worker: false) { server in
            let theirs = NewJob(workspace: WorkspaceID(), kind: "echo", input: .emptyObject, inputHash: "h")
            _ = try await server.store.submit([theirs], maximumDepth: 10)
            #expect(try await submit(server, #""needs":["\#(theirs.id)"]"#).status == 422)
            #expect(
                try await server.send(.POST, "/api/v1/jobs/\(theirs.id)/retry", json: #"{"input":{}}"#).status == 404)
        }
    }

    @Test("the trace of a request stays with its job; what is no trace is left out")
    func trace() async throws {
        try await TestServer.with(worker: false) { server in
            let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            for (sent, kept) in [(trace, trace as String?), ("00-0-0-01", nil), (trace.uppercased(), nil)] {
                let id = try await server.send(
                    .POST, "/api/v1/jobs", json: #"{"kind":"echo","input":{}}"#, [("traceparent", sent)]
                ).string("id")
                #expect(try await server.send(.GET, "/api/v1/jobs/\(id)").json()["trace"] as? String == kept)
            }
        }
    }

    @Test("a retry with an input runs the job with that one, once its kind has checked it")
    func retry() async throws {
        try await TestServer.with { server in
            let id = try await server.submit("gate", #"{"old":1}"#)
            _ = try await server.send(.POST, "/api/v1/jobs/\(id)/cancel")
            _ = try await server.wait(for: id, toBe: [.canceled])
            let path = "/api/v1/jobs/\(id)/retry"
            let bad = try await server.send(.POST, path, json: #"{"input":{"text":"bad"}}"#)
            #expect(bad.status == 422)
            #expect(try bad.string("field") == "text")
            #expect(try await server.send(.POST, path, json: "[]").status == 400)
            #expect(try await server.send(.POST, path, [("Content-Type", "text/plain")], body: "x").status == 415)
            #expect(try await server.send(.POST, path, json: #"{"input":{"new":1}}"#).status == 200)
            #expect(try await server.send(.POST, path, json: #"{"input":{"new":2}}"#).status == 409)
            server.steering.say("end", to: id)
            let job = try await server.wait(for: id, toBe: [.succeeded])
            #expect(job.input.text == #"{"new":1}"#)
        }
    }

    @Test("many jobs are stored at once, each answered by itself, each key once")
    func bulk() async throws {
        try await TestServer.with(worker: false) { server in
            let body =
                #"{"kind":"echo","items":[{"input":{"n":1},"idempotency_key":"a","priority":5},{"input":{"n":2}}]}"#
            let first = try await server.send(.POST, "/api/v1/jobs/bulk", json: body)
            #expect(first.status == 200, "\(first.text)")
            let again = try await server.send(.POST, "/api/v1/jobs/bulk", json: body)
            func outcomes(_ answer: TestServer.Answer) throws -> [(id: String, existing: Bool, priority: Int)] {
                try answer.items().map { item in
                    let job = item["job"] as? [String: Any] ?? [:]
                    return (
                        job["id"] as? String ?? "", item["existing"] as? Bool ?? false, job["priority"] as? Int ?? -1
                    )
                }
            }
            let (one, two) = (try outcomes(first), try outcomes(again))
            #expect(one.map(\.existing) == [false, false] && two.map(\.existing) == [true, false])
            #expect(one[0].id == two[0].id && one[1].id != two[1].id)
            #expect(one.map(\.priority) == [5, 0])
            #expect(try await server.send(.GET, "/api/v1/jobs").items().count == 3)
        }
    }

    @Test(
        "of many jobs with one that cannot be, none is stored",
        arguments: [
            (#"{"kind":"echo","items":[]}"#, 422, "items"), (#"{"kind":"none","items":[{"input":{}}]}"#, 422, "kind"),
            (#"{"kind":"echo","items":[{"input":{}},{}]}"#, 400, "items[1].input"),
            (#"{"kind":"echo","items":[{"input":{}},{"input":{"a":"bad"}}]}"#, 422, "items[1].text"),
            (#"{"kind":"echo","items":[{"input":{},"priority":101}]}"#, 422, "items[0].priority"),
            (
                #"{"kind":"echo","items":[{"input":{},"idempotency_key":"a"},{"input":{},"idempotency_key":"a"}]}"#,
                422,
                "items[1].idempotency_key"
            ),
            (#"{"kind":"echo","items":[{"input":{},"idempotency_key":""}]}"#, 400, "items[0].idempotency_key"),
        ])
    func badBulk(body: String, status: Int, field: String) async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await server.send(.POST, "/api/v1/jobs/bulk", json: body)
            #expect(answer.status == status, "\(answer.text)")
            #expect(try answer.string("field") == field)
            let many = Array(repeating: #"{"input":{}}"#, count: 1_001).joined(separator: ",")
            let tooMany = try await server.send(
                .POST, "/api/v1/jobs/bulk", json: #"{"kind":"echo","items":[\#(many)]}"#)
            #expect(tooMany.status == 422)
            #expect(try await server.send(.GET, "/api/v1/jobs").items().isEmpty)
        }
    }

    @Test("a key of one item that was used with another input refuses them all")
    func bulkConflict() async throws {
        try await TestServer.with(worker: false) { server in
            func send(_ items: String) async throws -> TestServer.Answer {
                try await server.send(.POST, "/api/v1/jobs/bulk", json: #"{"kind":"echo","items":[\#(items)]}"#)
            }
            _ = try await send(#"{"input":{"n":1},"idempotency_key":"a"}"#)
            let conflict = try await send(#"{"input":{"n":2}},{"input":{"n":3},"idempotency_key":"a"}"#)
            #expect(conflict.status == 409)
            #expect(try conflict.string("detail").contains("'a'"))
            #expect(try await server.send(.GET, "/api/v1/jobs").items().count == 1)
        }
    }

    @Test("a full server answers 503 and says which bound was reached")
    func full() async throws {
        try await TestServer.with(worker: false) { server in
            let items = Array(repeating: #"{"input":{}}"#, count: 1_000).joined(separator: ",")
            for _ in 0..<2 {
                _ = try await server.send(.POST, "/api/v1/jobs/bulk", json: #"{"kind":"echo","items":[\#(items)]}"#)
            }
            let refused = try await submit(server, #""priority":0"#)
            #expect(refused.status == 503)
            #expect(refused.headers["retry-after"] == ["30"])
            #expect(try refused.string("detail").contains("holds 2000 unfinished jobs and takes at most 2000"))
        }
    }

    @Test("the job that a batch names runs when all have ended, however they did, and is known afterwards")
    func gathering() async throws {
        try await TestServer.with { server in
            let body = #"{"kind":"gate","items":[{"n":1},{"n":2}],"then":{"kind":"echo","input":{"text":"all"}}}"#
            let key = [("Idempotency-Key", "b")]
            let answer = try await server.send(.POST, "/api/v1/batch", json: body, key)
            #expect(answer.status == 202, "\(answer.text)")
            let last = try answer.string("then")
            #expect(try await server.store.job(#require(JobID(last)), in: .local)?.state == .blocked)
            let jobs = try await server.send(.GET, "/api/v1/jobs?batch=\(answer.string("id"))").items()
            #expect(jobs.count == 2)
            let ids = jobs.compactMap { $0["id"] as? String }
            _ = try await server.send(.POST, "/api/v1/jobs/\(ids[0])/cancel")
            server.steering.say("end", to: ids[1])
            _ = try await server.wait(for: last, toBe: [.succeeded])
            let batch = try await server.send(.GET, "/api/v1/batch/\(answer.string("id"))")
            #expect(try batch.string("then") == last)
            #expect(try batch.json()["size"] as? Int == 2)
            let again = try await server.send(.POST, "/api/v1/batch", json: body, key)
            #expect(again.status == 200)
            #expect(try again.string("then") == last)
            let other = body.replacing("all", with: "some")
            #expect(try await server.send(.POST, "/api/v1/batch", json: other, key).status == 409)
            let bad = body.replacing("echo", with: "none")
            #expect(try await server.send(.POST, "/api/v1/batch", json: bad).string("field") == "then.kind")
            let plain = try await server.send(.POST, "/api/v1/batch", json: #"{"kind":"echo","items":[{}]}"#)
            #expect(try plain.json()["then"] == nil)
        }
    }
}
