import Endpoints
import Foundation
import Model
import Storage
import Synchronization
import Testing
import Tracing

@testable import Engine
@testable import Traces

@Suite("G1: spans of attempts")
struct AttemptSpanTests {
    private static let submission = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test("each attempt is a span below the submission, with its steps below it; what it calls gets its place")
    func attempts() async throws {
        let queue = SpanQueue()
        let told = Mutex<[String?]>([])
        try await TestWorker.with(tracer: SpanTracer(queue: queue, ratio: SampleRatio(0))) { context, attempt in
            told.withLock { $0.append(context.traceparent) }
            let key = try StepKey(stage: "one", version: 1, inputs: [], parameters: "x")
            _ = try await context.step("one", key: key) { Nothing() }
            guard attempt > 1 else { throw JobFailure(code: "shaky", message: "Ann said no.", retryable: true) }
            return .emptyObject
        } check: { worker in
            let job = try await worker.ended(try await worker.submit(trace: Self.submission))
            let runs = queue.oldest(9).filter { $0.kind == .consumer }
            let steps = queue.oldest(9).filter { $0.kind == .internal }
            #expect(job.state == .succeeded && runs.count == 2 && queue.count == 4)
            #expect(runs.allSatisfy { $0.parent?.description == "00f067aa0ba902b7" && $0.name == "run trial" })
            #expect(runs.map { $0["suisha.job.outcome"] } == [.string("retry"), .string("succeeded")])
            #expect(runs.map { $0["suisha.job.attempt"] } == [.int64(1), .int64(2)])
            #expect(runs.map { $0["error.type"] } == [.string("shaky"), nil])
            #expect(steps.map(\.name) == ["step one", "step one"])
            #expect(steps.map(\.parent) == runs.map(\.trace.spanID))
            #expect(steps.map { $0["suisha.step.reused"] } == [.bool(false), .bool(true)])
            #expect(told.withLock { $0 } == runs.map(\.trace.traceparent))
        }
    }

    @Test("a job that nobody's request submitted begins a trace; one whose trace is not recorded is not either")
    func roots() async throws {
        let queue = SpanQueue()
        try await TestWorker.with(tracer: SpanTracer(queue: queue, ratio: SampleRatio(1))) { _, _ in
            .emptyObject
        } check: { worker in
            _ = try await worker.ended(try await worker.submit(trace: Self.submission.dropLast(1) + "0"))
            _ = try await worker.ended(try await worker.submit())
            let runs = queue.oldest(9)
            #expect(runs.count == 1 && runs.allSatisfy { $0.parent == nil })
        }
    }

    @Test("without a tracer a handler is told the trace of its job")
    func untraced() async throws {
        let told = Mutex<String?>(nil)
        try await TestWorker.with { context, _ in
            told.withLock { $0 = context.traceparent }
            return .emptyObject
        } check: { worker in
            _ = try await worker.ended(try await worker.submit(trace: Self.submission))
            #expect(told.withLock { $0 } == Self.submission)
        }
    }

    private struct Nothing: StepResult {
        var files: [StoredFile] { [] }
    }
}
