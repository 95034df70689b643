import Engine
import Foundation
import Model
import NIOHTTP1
import Testing

@Suite("Jobs over HTTP (C1)")
struct JobRouteTests {
    @Test("a submitted job runs, and shows its input, result, steps and log")
    func runs() async throws {
        try await TestServer.with { server in
            let answer = try await server.send(
                .POST, "/api/v1/jobs", json: #"{"kind":"echo","input":{"text":"hi"},"priority":3}"#,
                [("X-Request-Id", "mine-1")])
            #expect(answer.status == 202)
            #expect(answer.headers["x-request-id"] == ["mine-1"])
            let id = try answer.string("id")
            #expect(answer.headers["location"] == ["/api/v1/jobs/\(id)"])
            _ = try await server.wait(for: id, toBe: [.succeeded])

            let job = try await server.send(.GET, "/api/v1/jobs/\(id)").json()
            #expect(job["state"] as? String == "succeeded")
            #expect(job["kind"] as? String == "echo")
            #expect(job["priority"] as? Int == 3)
            #expect(job["request_id"] as? String == "mine-1")
            #expect((job["input"] as? [String: String]) == ["text": "hi"])
            #expect((job["result"] as? [String: String]) == ["text": "hi"])
            let log = try await server.send(.GET, "/api/v1/jobs/\(id)/logs").items()
            #expect(log.contains { $0["message"] as? String == "saying" && $0["level"] as? String == "info" })
            let text = try await server.send(.GET, "/api/v1/jobs/\(id)/logs", [("Accept", "text/plain")])
            #expect(text.headers["content-type"] == ["text/plain; charset=utf-8"])
            #expect(text.text.contains("info saying length=4\n"))
        }
    }

    @Test(
        "a body that cannot be used says what is wrong",
        arguments: [
            (#"{"kind":"echo"}"#, 400, "input"), (#"{"kind":"none","input":{}}"#, 422, "kind"),
            (#"{"kind":"echo","input":{"text":"bad"}}"#, 422, "text"), (#"{"kind":7,"input":{}}"#, 400, "kind"),
            (#"{"kind":"echo","input":{},"priority":101}"#, 422, "priority"), ("{", 400, nil), ("", 400, nil),
            ("[]", 400, nil),
            (#"{"kind":"echo","input":[]}"#, 422, "input"),
        ] as [(String, Int, String?)])
    func badBodies(body: String, status: Int, field: String?) async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await server.send(.POST, "/api/v1/jobs", json: body)
            #expect(answer.status == status, "\(answer.text)")
            #expect(try answer.json()["field"] as? String == field)
            #expect(try answer.string("detail").count > 10)
            #expect(try await server.send(.GET, "/api/v1/jobs").items().isEmpty)
        }
    }

    @Test("the same Idempotency-Key does the work once; with another input it is a conflict")
    func idempotency() async throws {
        try await TestServer.with(worker: false) { server in
            let key = [("Idempotency-Key", "once")]
            let first = try await server.send(
                .POST, "/api/v1/jobs", json: #"{"kind":"echo","input":{"text":"a"}}"#, key)
            let again = try await server.send(
                .POST, "/api/v1/jobs", json: #"{"kind":"echo","input":{"text":"a"}}"#, key)
            let other = try await server.send(
                .POST, "/api/v1/jobs", json: #"{"kind":"echo","input":{"text":"b"}}"#, key)
            #expect((first.status, again.status, other.status) == (202, 200, 409))
            #expect(try first.string("id") == again.string("id"))
            #expect(try other.string("type") == "urn:suisha:problem:conflict")
            let long = try await server.send(
                .POST, "/api/v1/jobs", json: #"{"kind":"echo","input":{}}"#,
                [("Idempotency-Key", String(repeating: "k", count: 201))])
            #expect(long.status == 400)
        }
    }

    @Test("lists come newest first, in pages, filtered")
    func lists() async throws {
        try await TestServer.with(worker: false) { server in
            var ids: [String] = []
            for _ in 0..<5 { ids.insert(try await server.submit("echo"), at: 0) }
            _ = try await server.submit("gate")
            var found: [String] = []
            var after = ""
            repeat {
                let page = try await server.send(.GET, "/api/v1/jobs?kind=echo&limit=2\(after)")
                found += try page.items().compactMap { $0["id"] as? String }
                after = try (page.json()["next"] as? String).map { "&after=\($0)" } ?? ""
            } while !after.isEmpty
            #expect(found == ids)
            _ = try await server.send(.DELETE, "/api/v1/jobs/\(ids[0])")
            let canceled = try await server.send(.GET, "/api/v1/jobs?state=canceled,dead").items()
            #expect(try await server.send(.GET, "/api/v1/jobs?state=&kind=&batch=&after=").items().count == 6)
            #expect(canceled.count == 1 && canceled[0]["id"] as? String == ids[0])
        }
    }

    @Test(
        "parameters that cannot be are refused",
        arguments: [
            "/api/v1/jobs?limit=0", "/api/v1/jobs?limit=101", "/api/v1/jobs?limit=x", "/api/v1/jobs?limit=",
            "/api/v1/jobs?state=lost",
            "/api/v1/jobs?batch=job_1", "/api/v1/jobs?kind=%00", "/api/v1/jobs?x=%ff", "/api/v1/%2e%2e/jobs",
            "/api%2fv1/jobs",
        ])
    func badParameters(target: String) async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await server.send(.GET, target)
            #expect(answer.status == 400)
            #expect(try answer.string("type") == "urn:suisha:problem:invalid-request")
        }
    }

    @Test("what is not there is a problem document too, and its request id is safe to log")
    func notFound() async throws {
        try await TestServer.with(worker: false) { server in
            let unknown = JobID().description
            for target in [
                "/api/v1/nothing", "/api/v1/jobs/x", "/api/v1/jobs/\(unknown)", "/api/v1/jobs/\(unknown)/logs",
                "/api/v1/jobs/\(unknown)/events", "/api/v1/jobs/\(unknown)/artifacts", "/api/v1/batch/\(BatchID())",
                "/api/v1/jobs/", "//", "/assets/none.js",
            ] {
                let answer = try await server.send(.GET, target, [("X-Request-Id", "two words")])
                #expect(answer.status == 404, "\(target)")
                #expect(try answer.string("instance").hasPrefix("req_"))
            }
            for target in ["cancel", "retry"] {
                #expect(try await server.send(.POST, "/api/v1/jobs/\(unknown)/\(target)").status == 404)
            }
        }
    }

    @Test("another method is refused with those that there are")
    func methods() async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await server.send(.PUT, "/api/v1/jobs")
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == ["GET, HEAD, POST"])
        }
    }

    @Test("cancel ends a waiting job at once and a running one through its worker; retry runs it again")
    func cancelAndRetry() async throws {
        try await TestServer.with { server in
            let id = try await server.submit("gate")
            _ = try await server.wait(for: id, toBe: [.leased])
            let asked = try await server.send(.POST, "/api/v1/jobs/\(id)/cancel")
            #expect(asked.status == 202)
            #expect(try asked.json()["cancel_requested"] as? Bool == true)
            _ = try await server.wait(for: id, toBe: [.canceled])
            #expect(try await server.send(.DELETE, "/api/v1/jobs/\(id)").status == 200)

            #expect(try await server.send(.POST, "/api/v1/jobs/\(id)/retry").status == 200)
            #expect(try await server.send(.POST, "/api/v1/jobs/\(id)/retry").status == 409)
            _ = try await server.wait(for: id, toBe: [.leased])
            server.steering.say("end", to: id)
            _ = try await server.wait(for: id, toBe: [.succeeded])
        }
    }

    @Test("a failed job says why")
    func failure() async throws {
        try await TestServer.with { server in
            let id = try await server.submit("fail")
            _ = try await server.wait(for: id, toBe: [.dead])
            let error = try #require(
                try await server.send(.GET, "/api/v1/jobs/\(id)").json()["error"] as? [String: Any])
            #expect(error["code"] as? String == "broken")
        }
    }

    @Test("kinds come with their stages and schemas")
    func kinds() async throws {
        try await TestServer.with(worker: false) { server in
            let kinds = try await server.send(.GET, "/api/v1/kinds").items()
            #expect(kinds.compactMap { $0["name"] as? String } == ["copy", "echo", "fail", "gate"])
            #expect(kinds[0]["takes_files"] as? Bool == true)
            #expect(kinds[1]["stages"] as? [String] == ["say"])
        }
    }

    @Test("a batch is stored whole or not at all, and counts the states of its jobs (D2)")
    func batches() async throws {
        try await TestServer.with { server in
            let items = Array(repeating: #"{"text":"a"}"#, count: 30).joined(separator: ",")
            let answer = try await server.send(
                .POST, "/api/v1/batch", json: #"{"kind":"echo","items":[\#(items)]}"#, [("Idempotency-Key", "b")])
            #expect(answer.status == 202)
            let url = try #require(answer.headers["location"].first)
            let jobs = try await server.send(.GET, "/api/v1/jobs?limit=100&batch=\(try answer.string("id"))").items()
            #expect(jobs.count == 30)
            for job in jobs { _ = try await server.wait(for: job["id"] as? String ?? "", toBe: [.succeeded]) }
            let batch = try await server.send(.GET, url).json()
            #expect(batch["finished"] as? Bool == true)
            #expect(batch["states"] as? [String: Int] == ["succeeded": 30])

            let bad = try await server.send(.POST, "/api/v1/batch", json: #"{"kind":"echo","items":[{},{"a":"bad"}]}"#)
            #expect(bad.status == 422)
            #expect(try bad.string("field") == "items[1].text")
            let many = Array(repeating: "{}", count: 1_001).joined(separator: ",")
            #expect(
                try await server.send(.POST, "/api/v1/batch", json: #"{"kind":"echo","items":[\#(many)]}"#).status
                    == 422)
            #expect(try await server.send(.POST, "/api/v1/batch", json: #"{"kind":"echo","items":[]}"#).status == 422)
            #expect(try await server.send(.GET, "/api/v1/jobs?limit=100").items().count == 30)
        }
    }

    @Test("a form makes a batch of its files")
    func batchOfFiles() async throws {
        try await TestServer.with { server in
            let form = TestForm(
                fields: ["kind": "copy", "language": "ja"], files: [("a.wav", "aa"), ("b.wav", "bb")], part: "files")
            let answer = try await server.send("/api/v1/batch", form: form)
            #expect(answer.status == 202)
            #expect(try answer.json()["size"] as? Int == 2)
            let wrong = TestForm(fields: ["kind": "echo"], files: [("a.wav", "aa")], part: "files")
            #expect(try await server.send("/api/v1/batch", form: wrong).status == 415)
            #expect(try await server.uploads() == 2)
        }
    }

    @Test("health says what works; a failing check makes the server not ready")
    func health() async throws {
        let checks = [
            HealthCheck("good") { "fine" },
            HealthCheck("bad") { throw HealthCheck.Finding("secret reason", remedy: "mend it") },
        ]
        try await TestServer.with(checks: checks, worker: false) { server in
            #expect(try await server.send(.GET, "/livez", as: .nobody).text == "ok\n")
            let ready = try await server.send(.GET, "/readyz", as: .nobody)
            #expect(ready.status == 503)
            #expect(!ready.text.contains("secret"))
            let results = try #require(try ready.json()["checks"] as? [[String: Any]])
            #expect(results.map { $0["ok"] as? Bool } == [true, false, true])
        }
        try await TestServer.with(worker: false) { server in
            let ready = try await server.send(.GET, "/readyz", as: .nobody)
            #expect(ready.status == 200)
        }
    }
}
