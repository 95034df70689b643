import Synchronization
package import Tracing

/// A stretch of work in a trace. Once it has ended it waits to be sent; when its trace is not recorded, it only hands the
/// trace on.
///
/// What it holds is bounded: attributes and events beyond the bounds are counted and left out, long texts are cut.
package final class RecordedSpan: Tracing.Span {
    /// The place in the trace that this span is.
    package let trace: TraceContext
    private let base: ServiceContext
    private let tracer: SpanTracer
    private let queue: SpanQueue
    /// nil once it has ended, and from the beginning where nothing is recorded.
    private let record: Mutex<SpanRecord?>

    init(
        _ name: String, _ kind: SpanKind, _ trace: TraceContext, parent: SpanID?, context: ServiceContext,
        start: UInt64, tracer: SpanTracer, queue: SpanQueue
    ) {
        self.trace = trace
        self.tracer = tracer
        self.queue = queue
        base = context
        record = Mutex(
            trace.isSampled ? SpanRecord(trace: trace, parent: parent, name: name, kind: kind, start: start) : nil)
    }

    package var context: ServiceContext {
        var context = base
        context.span = self
        return context
    }

    package var isRecording: Bool { record.withLock { $0 != nil } }

    package var operationName: String {
        get { record.withLock { $0?.name } ?? "" }
        set { record.withLock { $0?.name = newValue } }
    }

    package var attributes: SpanAttributes {
        get {
            var attributes: SpanAttributes = [:]
            record.withLock { record in
                for (name, value) in record?.attributes ?? [] { attributes.set(name, value: value) }
            }
            return attributes
        }
        set {
            record.withLock { record in
                record?.attributes = []
                newValue.forEach { record?.set($0, $1) }
            }
        }
    }

    /// Sets some attributes.
    package func add(_ attributes: @autoclosure () -> KeyValuePairs<String, SpanAttribute>) {
        record.withLock { record in
            guard record != nil else { return }
            for (name, value) in attributes() { record?.set(name, value) }
        }
    }

    package func setStatus(_ status: SpanStatus) { record.withLock { $0?.status = status } }

    package func addEvent(_ event: SpanEvent) { record.withLock { $0?.add(event) } }

    /// Does nothing: whatever belongs together here is parent and child.
    package func addLink(_ link: SpanLink) {}

    /// Notes of which type the error is. Its message stays out: it may quote what a tenant sent.
    package func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        guard !(error is CancellationError) else { return }
        var attributes = attributes
        attributes["exception.type"] = String(reflecting: type(of: error))
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
    }

    /// Marks it as failed.
    ///
    /// - Parameter type: a word from a small set, such as the kind of a problem.
    package func fail(_ type: @autoclosure () -> String) {
        record.withLock { record in
            guard record != nil else { return }
            record?.set("error.type", .string(type()))
            record?.status = SpanStatus(code: .error)
        }
    }

    package func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard var ended = record.withLock({ $0.take() }) else { return }
        // A clock that was set back must not make a span that ends before it began.
        ended.end = max(ended.start, instant().nanosecondsSinceEpoch)
        queue.add(ended)
    }
}

extension RecordedSpan {
    /// Runs `body` as a part of this span; it is for whoever calls to end it.
    package func within<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        try await ServiceContext.$current.withValue(context, operation: body)
    }

    /// Runs `body` in a child of the span that the running task belongs to, which ends with it. Where there is no such span
    /// or nothing is recorded, `body` runs as it is, at the cost of reading a task-local value.
    ///
    /// An error marks the child as failed, by its type unless `body` has said more; cancellation is no failure.
    package static func child<Value>(
        _ name: @autoclosure () -> String, _ kind: SpanKind = .internal,
        _ attributes: @autoclosure () -> KeyValuePairs<String, SpanAttribute> = [:],
        _ body: (RecordedSpan?) async throws -> Value
    ) async rethrows -> Value {
        guard let parent = ServiceContext.current?.span, parent.trace.isSampled else { return try await body(nil) }
        let span = parent.tracer.begin(name(), kind, below: parent.trace, parent.base)
        defer { span.end() }
        span.add(attributes())
        do {
            return try await span.within { try await body(span) }
        } catch {
            if !(error is CancellationError) { span.failUnlessSaid(String(describing: type(of: error))) }
            throw error
        }
    }

    private func failUnlessSaid(_ type: String) {
        record.withLock { record in
            guard record?.status == nil else { return }
            record?.set("error.type", .string(type))
            record?.status = SpanStatus(code: .error)
        }
    }
}
