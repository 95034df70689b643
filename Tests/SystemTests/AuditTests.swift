import Conformance
import Foundation
import Testing

extension SystemTests {
    /// What the running server declares for the audit log, compared with what is in the log.
    @Suite("B8: every change and its entry")
    struct Audit {
        private static let limits = [
            "SUISHA_LIMITS_RATE":
                "sign-in=off, workspace-write=off, read=off, standard=off, upload=off, workers=off, audit-check=off"
        ]

        private struct Declared {
            let id: String
            let method: String
            let written: String?
            let action: String?
        }

        /// One call of an operation that the server writes the entry of; `{}` stands for what an earlier one made.
        private struct Call {
            let id: String
            let method: String
            let path: String
            var body: String?
            /// The name under which later calls find the `id` of its answer.
            var makes: String?
        }

        private static let job = #"{"kind": "count-words", "input": {"text": "one two"}}"#
        private static let calls: [Call] = [
            .init(id: "submitJob", method: "POST", path: "/api/v1/jobs", body: job, makes: "job"),
            .init(id: "cancelJob", method: "POST", path: "/api/v1/jobs/{job}/cancel"),
            .init(id: "retryJob", method: "POST", path: "/api/v1/jobs/{job}/retry"),
            .init(id: "deleteJob", method: "DELETE", path: "/api/v1/jobs/{job}"),
            .init(
                id: "submitJobs", method: "POST", path: "/api/v1/jobs/bulk",
                body: #"{"kind": "count-words", "items": [{"input": {"text": "x"}}]}"#),
            .init(
                id: "submitBatch", method: "POST", path: "/api/v1/batch",
                body: #"{"kind": "count-words", "items": [{"text": "x"}]}"#),
            .init(
                id: "createDiagram", method: "POST", path: "/api/v1/generate-diagram",
                body: #"{"text": "The sun warms the sea."}"#),
            .init(
                id: "createTranscription", method: "POST", path: "/api/v1/transcribe",
                body: #"{"url": "https://example.com/speech.flac"}"#),
            .init(
                id: "createVideo", method: "POST", path: "/api/v1/generate-video",
                body: #"{"text": "The sun warms the sea."}"#),
            .init(
                id: "putSchedule", method: "PUT", path: "/api/v1/schedules/nightly",
                body: #"{"kind": "count-words", "input": {"text": "x"}, "cron": "@daily"}"#),
            .init(id: "pauseSchedule", method: "POST", path: "/api/v1/schedules/nightly/pause"),
            .init(id: "resumeSchedule", method: "POST", path: "/api/v1/schedules/nightly/resume"),
            .init(id: "runSchedule", method: "POST", path: "/api/v1/schedules/nightly/run"),
            .init(id: "deleteSchedule", method: "DELETE", path: "/api/v1/schedules/nightly"),
            .init(id: "pauseQueue", method: "POST", path: "/api/v1/queues/count-words/pause"),
            .init(id: "drainQueue", method: "POST", path: "/api/v1/queues/count-words/drain"),
            .init(id: "resumeQueue", method: "POST", path: "/api/v1/queues/count-words/resume"),
            .init(id: "setCap", method: "PUT", path: "/api/v1/caps/site", body: #"{"slots": 2}"#),
            .init(id: "setLimits", method: "PUT", path: "/api/v1/limits", body: #"{"weight": 2}"#),
            .init(
                id: "registerWorker", method: "POST", path: "/api/v1/workers",
                body: #"{"name": "shepherd", "kinds": [{"name": "count-sheep"}]}"#, makes: "worker"),
            .init(id: "closeWorker", method: "DELETE", path: "/api/v1/workers/{worker}"),
            .init(
                id: "createWebhook", method: "POST", path: "/api/v1/webhooks",
                body: #"{"url": "https://example.com/hook", "events": ["*"]}"#, makes: "webhook"),
            .init(id: "testWebhook", method: "POST", path: "/api/v1/webhooks/{webhook}/test"),
            .init(
                id: "setCaches", method: "PUT", path: "/api/v1/operator/caches",
                body: #"{"sessions": true, "workspaces": true}"#),
            .init(id: "setSampling", method: "PUT", path: "/api/v1/operations/sampling", body: #"{"on": true}"#),
            .init(id: "exportWorkspace", method: "POST", path: "/api/v1/workspace/export"),
        ]

        @Test("every operation that could change something declares it, and what the server is to write is written")
        func declared() async throws {
            try await Installation.with(Self.limits) { installation in
                try Exec.install(in: installation.folder)
                let (_, api) = try await installation.server(roles: "api")
                let owner = try await installation.owner(at: api.url)
                let declared = try await Self.declared(at: owner)
                for operation in declared where operation.method != "GET" {
                    #expect(operation.written != nil, "\(operation.id)")
                }
                let entries = declared.filter { $0.written == "entry" }
                // One that is new needs a call here.
                #expect(Set(entries.map(\.id)).subtracting(Self.calls.map(\.id)).isEmpty)

                var made: [String: String] = [:]
                for call in Self.calls {
                    let path = made.reduce(call.path) { $0.replacing("{\($1.key)}", with: $1.value) }
                    let reply = try await owner.send(call.method, path, call.body)
                    #expect((200...299).contains(reply.status), "\(call.id): \(reply.all)")
                    if let name = call.makes { made[name] = try reply.text("id") }
                    let request = try #require(reply.headers["x-request-id"])
                    let operation = try #require(declared.first { $0.id == call.id })
                    let action = try #require(operation.action)
                    try await eventually("\(call.id) is in the log", within: .seconds(10)) {
                        let log = try await owner.send("GET", "/api/v1/audit?limit=100&action=\(action)").all
                        return log.contains("\"\(request)\"")
                    }
                }
                let verified = try await owner.send("GET", "/api/v1/audit/verify")
                #expect(verified.status == 200 && !verified.all.contains("\"problem\":\""), "\(verified.all)")
            }
        }

        private static func declared(at visitor: Visitor) async throws -> [Declared] {
            let reply = try await visitor.send("GET", "/api/v1/openapi.json")
            let document = try JSONSerialization.jsonObject(with: reply.body) as? [String: Any]
            let paths = try #require(document?["paths"] as? [String: [String: [String: Any]]])
            return paths.values.flatMap { operations in
                operations.map { method, operation in
                    let audit = operation["x-audit"] as? [String: String]
                    return Declared(
                        id: operation["operationId"] as? String ?? "", method: method.uppercased(),
                        written: audit?["written"], action: audit?["action"])
                }
            }
        }
    }
}
