package import Tracing

/// Begins spans: parent-based, so what a caller decided about a trace holds, and by a share of its own for new ones.
///
/// It is handed to the few places where work comes in, a request and an attempt of a job; everything below finds the span that
/// it belongs to in its task. It is not the tracer of the whole process: HTTP clients would then make spans by themselves,
/// with the whole URLs of tenants in them.
package final class SpanTracer: Tracer {
    private let queue: SpanQueue
    private let ratio: SampleRatio
    private let random: @Sendable () -> UInt64

    /// - Parameter queue: where spans that have ended wait to be sent.
    package convenience init(queue: SpanQueue, ratio: SampleRatio) {
        let numbers = RandomNumbers()
        self.init(queue: queue, ratio: ratio) { numbers.next() }
    }

    init(queue: SpanQueue, ratio: SampleRatio, random: @escaping @Sendable () -> UInt64) {
        self.queue = queue
        self.ratio = ratio
        self.random = random
    }

    package func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> RecordedSpan {
        var context = context()
        let parent = context.place
        // Else every span would keep all those above it alive.
        context.span = nil
        return begin(operationName, kind, below: parent, context, instant().nanosecondsSinceEpoch)
    }

    /// A span for work that comes from elsewhere.
    ///
    /// - Parameter traceparent: where in a trace it comes from; a new trace begins without one, or with one that is not valid.
    package func startSpan(_ name: String, _ kind: SpanKind, traceparent: String?) -> RecordedSpan {
        begin(name, kind, below: traceparent.flatMap { TraceContext(traceparent: $0) }, .topLevel)
    }

    /// - Parameter context: what is handed on beside the span.
    func begin(
        _ name: String, _ kind: SpanKind, below parent: TraceContext?, _ context: ServiceContext,
        _ start: UInt64 = DefaultTracerClock.now.nanosecondsSinceEpoch
    ) -> RecordedSpan {
        let traceID = parent?.traceID ?? newTraceID()
        let trace = TraceContext(
            traceID: traceID, spanID: newSpanID(), isSampled: parent?.isSampled ?? ratio.admits(traceID))
        return RecordedSpan(
            name, kind, trace, parent: parent?.spanID, context: context, start: start, tracer: self, queue: queue)
    }

    package func activeSpan(identifiedBy context: ServiceContext) -> RecordedSpan? { context.span }

    package func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let text = extractor.extract(key: "traceparent", from: carrier) else { return }
        context.remote = TraceContext(traceparent: text)
    }

    package func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.place else { return }
        injector.inject(trace.traceparent, forKey: "traceparent", into: &carrier)
    }

    /// Nothing: the exporter sends what waits several times a second, and once more when the process ends.
    package func forceFlush() {}

    private func newTraceID() -> TraceID {
        // Zero comes once in 2^128 calls.
        while true { if let id = TraceID(high: random(), low: random()) { return id } }
    }

    private func newSpanID() -> SpanID {
        while true { if let id = SpanID(random()) { return id } }
    }
}
