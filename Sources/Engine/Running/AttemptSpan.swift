import Model
import Storage
import Traces
import Tracing

/// The span of one attempt of a job, a child of that which submitted it.
enum AttemptSpan {
    /// Runs `body` in such a span, where this worker traces.
    ///
    /// - Parameter body: how the attempt ended; nil when its lease was lost.
    static func of(
        _ leased: LeasedJob, _ tracer: SpanTracer?, _ body: () async -> JobOutcome?
    ) async -> JobOutcome? {
        guard let tracer else { return await body() }
        let job = leased.job
        let span = tracer.startSpan("run \(job.kind)", .consumer, traceparent: job.trace)
        defer { span.end() }
        span.add([
            "messaging.system": "suisha", "messaging.operation.name": "run", "messaging.operation.type": "process",
            "messaging.destination.name": .string(job.kind), "messaging.message.id": .string(job.id.description),
            "suisha.workspace": .string(job.workspace.description), "suisha.job.epoch": .int64(leased.lease.epoch),
            "suisha.job.attempt": .int64(Int64(job.attempt)),
            "suisha.job.queue_wait": .double(leased.waited.fractionalSeconds),
        ])
        let outcome = await span.within(body)
        span.add(["suisha.job.outcome": .string(EngineMetrics.name(of: outcome))])
        if let failure = outcome?.failure { span.fail(failure.code) }
        return outcome
    }
}
