import Conformance
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import Testing
import Tracing

@testable import Traces

@Suite("G1: spans on their way to a collector")
struct SpanExporterTests {
    /// A collector that answers what the test wants, and keeps what it took.
    private final class Collector: SpanTransport {
        enum Answer {
            case status(Int, body: String = "")
            case silence
            case stall
        }
        let answers: Mutex<[Answer]>
        let taken = Mutex<[[String]]>([])
        let asked = Mutex(0)

        init(_ answers: [Answer] = []) { self.answers = Mutex(answers) }

        func post(_ document: [UInt8], timeout: Duration) async throws -> SpanAnswer {
            asked.withLock { $0 += 1 }
            let answer = answers.withLock { $0.isEmpty ? nil : $0.removeFirst() } ?? .status(200)
            switch answer {
            case .silence: throw CocoaError(.fileNoSuchFile)
            case .stall:
                try await Task.sleep(for: .seconds(3_600))
                throw CancellationError()
            case .status(let status, let body):
                if status == 200 {
                    let names = String(decoding: document, as: UTF8.self).matches(of: /"name":"(span[0-9]+)"/)
                    taken.withLock { $0.append(names.map { String($0.1) }) }
                }
                return SpanAnswer(status: status, retryAfter: nil, body: Array(body.utf8))
            }
        }

        var names: [String] { taken.withLock { $0.flatMap { $0 } } }
    }

    /// Runs an exporter beside `body`, then shuts it down gracefully and returns what is left in the queue.
    private func exporting(
        to collector: Collector, spans: Int, batch: Int = 4, capacity: Int = 1_000,
        flushLimit: Duration = .seconds(20), _ body: (SpanTracer) async throws -> Void = { _ in }
    ) async throws -> Int {
        let queue = SpanQueue(capacity: capacity)
        let tracer = SpanTracer(queue: queue, ratio: SampleRatio(1))
        for number in 0..<spans { tracer.startSpan("span\(number)", .internal, traceparent: nil).end() }
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let exporter = SpanExporter(
            queue: queue, source: SpanSource(version: "1", instance: "a", host: "b", process: 1), transport: collector,
            settings: .init(
                interval: .milliseconds(5), batch: batch, timeout: .seconds(5), flushLimit: flushLimit),
            logger: logger)
        let group = ServiceGroup(services: [exporter], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body(tracer)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        return queue.count
    }

    @Test("spans go in batches, each once, in their order")
    func batches() async throws {
        let collector = Collector()
        let left = try await exporting(to: collector, spans: 10) { _ in
            try await eventually("all are there") { collector.names.count == 10 }
        }
        #expect(left == 0 && collector.names == (0..<10).map { "span\($0)" })
        #expect(collector.taken.withLock { $0.map(\.count) } == [4, 4, 2])
    }

    @Test("a collector that is away or busy is asked again, and nothing is lost or sent twice", arguments: [429, 503])
    func passing(status: Int) async throws {
        let collector = Collector([.silence, .status(status)])
        let left = try await exporting(to: collector, spans: 3) { _ in
            try await eventually("all are there") { collector.names.count == 3 }
        }
        #expect(left == 0 && collector.names == ["span0", "span1", "span2"])
    }

    @Test("what a collector refuses is dropped, and the next batch goes its way", arguments: [400, 401, 404, 413, 500])
    func refused(status: Int) async throws {
        let collector = Collector([.status(status)])
        let left = try await exporting(to: collector, spans: 6) { _ in
            try await eventually("the others are there") { collector.names.count == 2 }
        }
        #expect(left == 0 && collector.names == ["span4", "span5"] && collector.asked.withLock { $0 } == 2)
    }

    @Test("what is there when the process ends is sent")
    func flush() async throws {
        let collector = Collector()
        let left = try await exporting(to: collector, spans: 1) { tracer in
            try await eventually("it runs") { collector.names.count == 1 }
            for number in 1...50 { tracer.startSpan("span\(number)", .internal, traceparent: nil).end() }
        }
        #expect(left == 0 && Set(collector.names).count == 51)
    }

    @Test("a collector that does not answer holds up neither the end of the process nor memory")
    func stalled() async throws {
        let collector = Collector([.stall, .stall])
        let clock = ContinuousClock()
        let began = clock.now
        let left = try await exporting(to: collector, spans: 20, capacity: 10, flushLimit: .milliseconds(300)) { _ in
            try await eventually("it is asked") { collector.asked.withLock { $0 } == 1 }
        }
        #expect(left == 0 && collector.names.isEmpty && began.duration(to: clock.now) < .seconds(30))
    }

    @Test("a batch is sent again after a pause that grows with full jitter, and given up after six attempts")
    func delivery() {
        var delivery = Delivery()
        let pauses = (0..<6).map { _ in delivery.next(after: .unreachable, jitter: 1) }
        #expect(
            pauses == [
                .retry(after: .seconds(1)), .retry(after: .seconds(2)), .retry(after: .seconds(4)),
                .retry(after: .seconds(8)), .retry(after: .seconds(16)), .givenUp,
            ])
        var lucky = Delivery()
        #expect(lucky.next(after: .unreachable, jitter: 0) == .retry(after: .zero))
        #expect(lucky.next(after: .answered(status: 202, retryAfter: nil), jitter: 0) == .taken)
    }

    @Test("Retry-After is obeyed, up to five minutes", arguments: [("7", 7), ("9999", 300), ("-3", 0), ("soon", 0)])
    func retryAfter(text: String, seconds: Int) {
        var delivery = Delivery()
        let action = delivery.next(after: .answered(status: 429, retryAfter: text), jitter: 0)
        #expect(action == .retry(after: .seconds(seconds)))
    }

    @Test(
        "what a collector says of a part that it did not take is understood",
        arguments: [
            (#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}"#, 3 as Int?),
            (#"{"partialSuccess":{"rejectedSpans":2}}"#, 2), (#"{"partialSuccess":{"rejectedSpans":"0"}}"#, nil),
            (#"{"partialSuccess":null}"#, nil), ("{}", nil), ("", nil), ("no JSON", nil), ("[1]", nil),
            (#"{"partialSuccess":{"rejectedSpans":"many"}}"#, nil),
        ])
    func partialSuccess(body: String, refused: Int?) {
        #expect(PartialSuccess(Array(body.utf8))?.refused == refused)
    }
}
