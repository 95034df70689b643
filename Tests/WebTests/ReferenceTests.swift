import Endpoints
import Foundation
import NIOHTTP1
import Testing

@testable import Web

@Suite("The reference (OpenAPI 3.1)")
struct ReferenceTests {
    @Test("it holds every operation of the API with its permission, and every reference leads somewhere")
    func document() async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await server.send(.GET, "/api/v1/openapi.json", as: .nobody)
            #expect(answer.status == 200)
            let document = try answer.json()
            #expect(document["openapi"] as? String == "3.1.0")
            let paths = try #require(document["paths"] as? [String: [String: Any]])
            let ids = paths.values.flatMap(\.values).compactMap { ($0 as? [String: Any])?["operationId"] as? String }
            #expect(
                Set(ids) == [
                    "submitJob", "listJobs", "getJob", "followJob", "getJobLog", "listArtifacts", "getArtifact",
                    "deleteJob",
                    "registerWorker", "leaseJobs", "sendHeartbeat", "closeWorker", "reportProgress", "appendLog",
                    "publishArtifact", "completeJob", "failJob", "releaseJob",
                    "cancelJob", "retryJob", "submitBatch", "getBatch", "listKinds", "getLiveness", "getReadiness",
                    "getMetrics", "getReference", "getOpenAPI", "submitJobs",
                    "listQueues", "pauseQueue", "resumeQueue", "drainQueue", "listCaps", "setCap", "getLimits",
                    "setLimits", "listSchedules", "getSchedule", "putSchedule", "deleteSchedule", "pauseSchedule",
                    "resumeSchedule", "runSchedule", "previewSchedule",
                    "listenLive", "createLiveTicket",
                ])
            for use in answer.text.matches(of: /"\$ref" : "#\/components\/(\w+)\/([\w-]+)"/) {
                let components = document["components"] as? [String: [String: Any]]
                #expect(components?[String(use.1)]?[String(use.2)] != nil, "\(use.1)/\(use.2)")
            }
        }
    }

    @Test("people read who may call what, how often, with which fields, and what goes wrong")
    func page() async throws {
        try await TestServer.with(worker: false) { server in
            let page = try await server.send(.GET, "/reference", as: .nobody)
            #expect(page.status == 200)
            for text in [
                "/api/v1/workers/{id}/lease", "jobs:write", "kinds[].max_attempts", "integer 1…100",
                "workers</code> 6000/min",
                "idempotency-key-reused",
            ] { #expect(page.text.contains(text), "\(text)") }
        }
    }

    @Test("a reference to a schema that nobody declared does not start")
    func undeclared() {
        let endpoint = Endpoint(
            .get, "/x", id: "x", summary: "x", access: .open, answers: [.json(200, "x", .named("Nothing"))]
        ) { _ in .init(status: 204) }
        #expect(throws: UndeclaredSchema.self) {
            try OpenAPIDocument(title: "", description: "", version: "", endpoints: [endpoint], schemas: [:])
        }
    }

    @Test("two endpoints in one place do not start")
    func conflicts() {
        func route(_ path: String, _ id: String) -> Route {
            Route(Endpoint(.get, path, id: id, summary: "", access: .open, answers: []) { _ in .init(status: 204) })
        }
        #expect(throws: RouteConflict.self) { try RouteTable([route("/a/{x}", "one"), route("/a/{y}", "two")]) }
        #expect(throws: RouteConflict.self) { try RouteTable([route("/a", "one"), route("/b", "one")]) }
    }
}
