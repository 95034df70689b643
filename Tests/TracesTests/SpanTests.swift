import Synchronization
import Testing
import Tracing

@testable import Traces

@Suite("G1: spans")
struct SpanTests {
    private static let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"

    private func tracer(_ share: Double = 1, _ queue: SpanQueue = SpanQueue()) -> SpanTracer {
        SpanTracer(queue: queue, ratio: SampleRatio(share))
    }

    @Test("a span of a caller's trace is its child, and recorded where the caller says so, whatever the share")
    func remoteParent() throws {
        for (share, flag) in [(1.0, "00"), (0.0, "01")] {
            let queue = SpanQueue()
            let span = tracer(share, queue).startSpan("work", .server, traceparent: Self.caller + flag)
            #expect(span.trace.traceparent.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-"))
            #expect(span.trace.spanID.description != "00f067aa0ba902b7")
            #expect(span.trace.isSampled == (flag == "01") && span.isRecording == (flag == "01"))
            span.end()
            span.end()
            #expect(queue.oldest(9).map(\.parent?.description) == (flag == "01" ? ["00f067aa0ba902b7"] : []))
        }
    }

    @Test("a new trace begins without a caller, or with one whose traceparent is wrong")
    func roots() throws {
        let queue = SpanQueue()
        let tracer = tracer(1, queue)
        for traceparent in [nil, Self.caller + "0x"] {
            tracer.startSpan("work", .server, traceparent: traceparent).end()
        }
        let spans = queue.oldest(9)
        #expect(spans.count == 2 && spans.allSatisfy { $0.parent == nil } && spans[0].trace != spans[1].trace)
    }

    @Test("ids never are zero, whatever the random numbers")
    func ids() {
        let numbers = Mutex<[UInt64]>([7, 0, 1, 0, 0, 0])
        let tracer = SpanTracer(queue: SpanQueue(), ratio: SampleRatio(1)) {
            numbers.withLock { $0.popLast() ?? 9 }
        }
        let span = tracer.startSpan("work", .internal, traceparent: nil)
        #expect(span.trace.traceID == TraceID(high: 0, low: 1) ?? span.trace.traceID)
        #expect(span.trace.spanID == SpanID(7))
    }

    @Test("children follow the running task, into child tasks too, and are recorded with their parent")
    func children() async throws {
        let queue = SpanQueue()
        let root = tracer(1, queue).startSpan("root", .consumer, traceparent: nil)
        let inner = await root.within {
            await RecordedSpan.child("outer") { _ in
                await withTaskGroup(of: TraceContext?.self) { group in
                    group.addTask { await RecordedSpan.child("inner", .client) { _ in TraceContext.current } }
                    return await group.next() ?? nil
                }
            }
        }
        root.end()
        let spans = queue.oldest(9)
        #expect(
            spans.map(\.name) == ["inner", "outer", "root"] && spans.map(\.kind) == [.client, .internal, .consumer])
        #expect(spans[0].trace == inner && TraceContext.current == nil)
        #expect(spans[0].parent == spans[1].trace.spanID && spans[1].parent == spans[2].trace.spanID)
        #expect(Set(spans.map(\.trace.traceID)).count == 1)
    }

    @Test("where nothing is traced or recorded there are no children, and the trace goes on as it is")
    func nothing() async {
        await RecordedSpan.child(Self.never()) { #expect($0 == nil && TraceContext.current == nil) }
        let queue = SpanQueue()
        let root = tracer(0, queue).startSpan("root", .server, traceparent: nil)
        await root.within {
            await RecordedSpan.child(Self.never()) { #expect($0 == nil && TraceContext.current == root.trace) }
        }
        root.add(["costly": .string(Self.never())])
        root.end()
        #expect(queue.count == 0)
    }

    private static func never() -> String {
        Issue.record("nobody needs this")
        return ""
    }

    @Test("an error marks its span by type and without its words; cancellation is no failure")
    func failures() async {
        struct Broken: Error { let secret = "tenant data" }
        let queue = SpanQueue()
        let root = tracer(1, queue).startSpan("root", .server, traceparent: nil)
        await root.within {
            _ = try? await RecordedSpan.child("breaks") { span in
                span?.recordError(Broken())
                throw Broken()
            }
            _ = try? await RecordedSpan.child("says") { span in
                span?.fail("conflict")
                throw Broken()
            }
            _ = try? await RecordedSpan.child("stops") { _ in throw CancellationError() }
        }
        let spans = queue.oldest(9)
        #expect(spans.map { $0["error.type"] } == [.string("Broken"), .string("conflict"), nil])
        #expect(spans.map { $0.status?.code == .error } == [true, true, false])
        let written = String(
            decoding: SpanDocument(source: .init(version: "1", instance: "a", host: "b", process: 1)).bytes(of: spans),
            as: UTF8.self)
        #expect(written.contains("Broken") && !written.contains("tenant data"))
    }

    @Test("a full queue drops new spans and keeps the old ones")
    func bounded() {
        let queue = SpanQueue(capacity: 3)
        let tracer = tracer(1, queue)
        for number in 0..<10 { tracer.startSpan("\(number)", .internal, traceparent: nil).end() }
        #expect(queue.oldest(9).map(\.name) == ["0", "1", "2"])
        queue.removeOldest(2)
        tracer.startSpan("later", .internal, traceparent: nil).end()
        #expect(queue.oldest(9).map(\.name) == ["2", "later"])
        queue.removeOldest(9)
        #expect(queue.count == 0)
    }

    @Test("a clock that is set back makes no span of negative length")
    func clock() {
        let queue = SpanQueue()
        let span = tracer(1, queue).startSpan("work", .internal, traceparent: nil)
        span.end(at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 5))
        let record = queue.oldest(1)[0]
        #expect(record.end == record.start && record.start > 5)
    }

    @Test("any program of swift-distributed-tracing can carry a trace through it")
    func carriers() {
        let tracer = tracer()
        var context = ServiceContext.topLevel
        tracer.extract(["traceparent": Self.caller + "01"], into: &context, using: Headers())
        var sent: [String: String] = [:]
        tracer.inject(context, into: &sent, using: Headers())
        #expect(sent == ["traceparent": Self.caller + "01"])
        let span = tracer.startSpan("work", context: context, ofKind: .client)
        tracer.inject(span.context, into: &sent, using: Headers())
        #expect(sent == ["traceparent": span.trace.traceparent] && span.trace.traceID == context.remote?.traceID)
        #expect(tracer.activeSpan(identifiedBy: span.context) === span)
    }

    private struct Headers: Injector, Extractor {
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
    }
}
