import Conformance
import Foundation
import Model
import NIOHTTP1
import Testing
import Tracing

@testable import Traces
@testable import Web

@Suite("G1: spans of requests")
struct TraceTests {
    private static let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test("a job carries the trace of its request, under the span of its submission")
    func submission() async throws {
        let queue = SpanQueue()
        try await TestServer.with(tracer: SpanTracer(queue: queue, ratio: SampleRatio(1))) { server in
            let answer = try await server.send(
                .POST, "/api/v1/jobs", json: #"{"kind":"echo","input":{"text":"x"}}"#, [("traceparent", Self.caller)])
            let id = try answer.string("id")
            _ = try await server.wait(for: id, toBe: [.succeeded])
            let spans = try await spans(queue, 3)
            let request = try #require(spans.first { $0.name == "POST /api/v1/jobs" })
            let submission = try #require(spans.first { $0.name == "submit echo" })
            let run = try #require(spans.first { $0.name == "run echo" })
            #expect(request.parent?.description == "00f067aa0ba902b7" && request.kind == .server)
            #expect(submission.parent == request.trace.spanID && submission.kind == .producer)
            #expect(run.parent == submission.trace.spanID && run.kind == .consumer)
            #expect(Set(spans.map(\.trace.traceID.description)) == ["4bf92f3577b34da6a3ce929d0e0e4736"])
            let kept = try await server.send(.GET, "/api/v1/jobs/\(id)").json()["trace"] as? String
            #expect(kept == submission.trace.traceparent)
            #expect(run["messaging.message.id"] == .string(id))
            #expect(
                request["suisha.workspace"] != nil && request["suisha.request_id"] != nil)
        }
    }

    @Test("all jobs of a batch and those that come in bulk belong to one submission")
    func many() async throws {
        let queue = SpanQueue()
        let tracer = SpanTracer(queue: queue, ratio: SampleRatio(1))
        try await TestServer.with(worker: false, tracer: tracer) { server in
            let items = #"[{"input":{"text":"a"}},{"input":{"text":"b"}}]"#
            let bulk = try await server.send(.POST, "/api/v1/jobs/bulk", json: #"{"kind":"echo","items":\#(items)}"#)
            let batch = try await server.send(
                .POST, "/api/v1/batch", json: #"{"kind":"echo","items":[{"text":"a"},{"text":"b"},{"text":"c"}]}"#)
            #expect(bulk.status < 300 && batch.status < 300, "\(bulk.text) \(batch.text)")
            let submissions = try await spans(queue, 4).filter { $0.kind == .producer }
            #expect(submissions.map { $0["messaging.batch.message_count"] } == [.int64(2), .int64(3)])
        }
    }

    @Test("a refusal is named by its problem and is no failure of the server; paths and queries stay out")
    func refusals() async throws {
        let queue = SpanQueue()
        let tracer = SpanTracer(queue: queue, ratio: SampleRatio(1))
        try await TestServer.with(worker: false, tracer: tracer) { server in
            _ = try await server.send(.POST, "/api/v1/jobs", json: #"{"kind":"none","input":{}}"#)
            _ = try await server.send(.GET, "/api/v1/jobs/job_00000000000000000000000001?secret=hunter2")
            _ = try await server.send(.GET, "/api/v1/jobs", as: .nobody)
            let spans = try await spans(queue, 3)
            #expect(spans.count == 3 && spans.contains { $0.name == "GET /api/v1/jobs/{id}" })
            let invalid = try #require(spans.first { $0.name == "POST /api/v1/jobs" })
            #expect(invalid["suisha.problem"] == .string("unprocessable"))
            #expect(invalid["http.response.status_code"] == .int64(422))
            let stranger = try #require(spans.first { $0.name == "GET /api/v1/jobs" })
            #expect(stranger["suisha.problem"] == .string("unauthenticated"))
            #expect(spans.allSatisfy { $0.status == nil && $0["error.type"] == nil })
            let source = SpanSource(version: "1", instance: "a", host: "b", process: 1)
            let written = String(decoding: SpanDocument(source: source).bytes(of: spans), as: UTF8.self)
            for secret in ["hunter2", "job_0", TestServer.token] { #expect(!written.contains(secret)) }
        }
    }

    @Test("what is asked for all the time has no span, nor what is not there")
    func untraced() async throws {
        let queue = SpanQueue()
        let tracer = SpanTracer(queue: queue, ratio: SampleRatio(1))
        try await TestServer.with(worker: false, tracer: tracer) { server in
            for path in ["/livez", "/readyz", "/metrics", "/assets/none.js", "/nowhere/job_1"] {
                _ = try await server.send(.GET, path)
            }
            _ = try await server.send(.GET, "/api/v1/kinds")
            #expect(try await spans(queue, 1).map(\.name) == ["GET /api/v1/kinds"])
        }
    }

    /// The spans, once there are so many; one ends after the last byte of its answer.
    private func spans(_ queue: SpanQueue, _ count: Int) async throws -> [SpanRecord] {
        try await eventually("\(count) spans") { queue.count >= count ? queue.oldest(100) : nil }
    }
}
