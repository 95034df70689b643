import Foundation
import Model
import NIOHTTP1
import Tenancy
import Testing

@testable import Web

@Suite("What calls leave in the audit log (B8)")
struct AuditTrailTests {
    private static let echo = #"{"kind":"echo","input":{"text":"a"}}"#

    @Test("every change of jobs, queues and schedules is an entry with its caller, its request and its target")
    func changes() async throws {
        try await TestServer.with(worker: false, accounts: true) { server in
            let accounts = try #require(server.accounts)
            let job = try await server.submit("echo", #"{"text":"a"}"#)
            for (method, path, body) in [
                (.POST, "/api/v1/jobs/\(job)/cancel", nil), (.POST, "/api/v1/jobs/\(job)/retry", nil),
                (.DELETE, "/api/v1/jobs/\(job)", nil),
                (.POST, "/api/v1/queues/echo/pause", nil), (.POST, "/api/v1/queues/echo/drain", nil),
                (.POST, "/api/v1/queues/echo/resume", nil), (.PUT, "/api/v1/caps/site", #"{"slots":2}"#),
                (.PUT, "/api/v1/limits", #"{"weight":2}"#),
                (.PUT, "/api/v1/schedules/s", #"{"kind":"echo","input":{"text":"a"},"cron":"@daily"}"#),
                (.POST, "/api/v1/schedules/s/pause", nil), (.POST, "/api/v1/schedules/s/resume", nil),
                (.DELETE, "/api/v1/schedules/s", nil),
            ] as [(HTTPMethod, String, String?)] {
                let headers = body == nil ? [] : [("Content-Type", "application/json")]
                let answer = try await server.send(method, path, as: .token, headers, body: body)
                #expect((200...299).contains(answer.status), "\(path): \(answer.text)")
            }
            // What could not be done is no entry.
            #expect(try await server.send(.DELETE, "/api/v1/schedules/s").status == 404)
            let entries = try await accounts.entries()
            #expect(
                entries.map { "\($0.action) \($0.target ?? "-")" } == [
                    "job.submitted \(job)", "job.cancel_requested \(job)", "job.retried \(job)",
                    "job.cancel_requested \(job)", "queue.paused echo", "queue.drained echo", "queue.resumed echo",
                    "cap.set site", "limits.set -", "schedule.put s", "schedule.paused s", "schedule.resumed s",
                    "schedule.removed s",
                ])
            #expect(entries.allSatisfy { $0.actor == "server" && $0.request != nil && $0.outcome == "done" })
            #expect(try await accounts.log.verify(.local).problem == nil)
        }
    }

    @Test("a schedule that is run by hand names itself and its job, many jobs are one entry, a repeated call is none")
    func submissions() async throws {
        try await TestServer.with(worker: false, accounts: true) { server in
            let accounts = try #require(server.accounts)
            _ = try await server.send(
                .PUT, "/api/v1/schedules/s", json: #"{"kind":"echo","input":{"text":"a"},"cron":"@daily"}"#)
            let run = try await server.send(.POST, "/api/v1/schedules/s/run").string("id")
            let items = (0..<3).map { _ in #"{"input":{"text":"a"}}"# }.joined(separator: ",")
            let many = try await server.send(
                .POST, "/api/v1/jobs/bulk", json: #"{"kind":"echo","items":[\#(items)]}"#)
            #expect(many.status == 200, "\(many.text)")
            let batch = try await server.send(
                .POST, "/api/v1/batch", json: #"{"kind":"echo","items":[{"text":"a"}]}"#
            ).string("id")
            let own = [("Idempotency-Key", "once")]
            let first = try await server.send(.POST, "/api/v1/jobs", json: Self.echo, own).string("id")
            #expect(try await server.send(.POST, "/api/v1/jobs", json: Self.echo, own).string("id") == first)
            let kept = [("Idempotency-Key", "kept")]
            for _ in 0..<2 {
                #expect(try await server.send(.POST, "/api/v1/jobs/\(first)/cancel", kept).status == 200)
            }
            let entries = try await accounts.entries().dropFirst()
            #expect(
                entries.map { "\($0.action) \($0.target ?? "-")" } == [
                    "job.submitted \(run)", "schedule.run s", "job.submitted -", "batch.submitted \(batch)",
                    "job.submitted \(first)", "job.cancel_requested \(first)",
                ])
            let detail = try #require(entries.first { $0.target == nil }).detail.decode([String: String].self)
            #expect(detail["items"] == "3" && detail["first"]?.hasPrefix("job_") == true)
        }
    }

    @Test("an entry names the key that was used, and a person in the console is as well known as a program")
    func callers() async throws {
        try await TestServer.with(worker: false, accounts: true) { server in
            let accounts = try #require(server.accounts)
            let browser = [("Cookie", try await accounts.owner()), ("Sec-Fetch-Site", "same-origin")]
            let json = [("Content-Type", "application/json")]
            let key = try await server.send(
                .POST, "/api/v1/keys", as: .nobody, browser + json,
                body: #"{"name":"robot","permissions":["jobs:read","jobs:write"]}"#)
            let bearer = [("Authorization", "Bearer \(try key.string("secret"))")]
            let job = try await server.send(.POST, "/api/v1/jobs", as: .nobody, bearer + json, body: Self.echo)
            #expect(job.status == 202, "\(job.text)")
            let entries = try await accounts.entries(in: .local, .init(actor: try key.string("id")))
            #expect(entries.map(\.action) == ["job.submitted"])
            #expect(entries.first?.actor.hasPrefix("user_") == true)

            let id = try job.string("id")
            let form = TestForm(fields: ["job[0]": id, "change": "cancel"])
            let changed = try await server.send(
                .POST, "/jobs/change", as: .nobody, browser + [("Content-Type", form.contentType)], body: form.text)
            #expect(changed.status == 303, "\(changed.text)")
            let last = try #require(try await accounts.entries().last)
            #expect(last.action == "job.cancel_requested" && last.target == id && last.actor.hasPrefix("user_"))
            // A form of the console calls an operation: one entry, not two.
            let retry = TestForm(fields: ["id": id])
            _ = try await server.send(
                .POST, "/forms/retryJob", as: .nobody, browser + [("Content-Type", retry.contentType)],
                body: retry.text)
            #expect(try await accounts.entries(in: .local, .init(action: "job.retried")).map(\.target) == [id])
        }
    }
}
