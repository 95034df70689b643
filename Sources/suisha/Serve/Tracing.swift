import Engine
import Foundation
import Logging
import Model
import Outbound
import Traces

/// The traces of this process: what begins spans, and what sends them away.
struct Tracing: Sendable {
    let tracer: SpanTracer
    let exporter: SpanExporter

    /// nil where nothing is traced.
    init?(_ settings: ServerSettings) {
        guard let traces = settings.traces else { return nil }
        let process = ProcessInfo.processInfo
        let queue = SpanQueue()
        tracer = SpanTracer(queue: queue, ratio: traces.ratio)
        exporter = SpanExporter(
            queue: queue,
            source: SpanSource(
                version: Version.current, instance: "\(settings.operations.node)/\(process.processIdentifier)",
                host: process.hostName, process: Int(process.processIdentifier)),
            transport: CollectorExchange(traces: traces), logger: Logger(label: "suisha.traces"))
    }

    /// What `doctor` asks of the collector; nothing where nothing is traced.
    static func checks(_ settings: ServerSettings) -> [HealthCheck] {
        guard let traces = settings.traces else { return [] }
        let check = HealthCheck("traces") {
            let nothing = Array(#"{"resourceSpans":[]}"#.utf8)
            let answer = try await CollectorExchange(traces: traces).post(nothing, timeout: .seconds(10))
            guard (200..<300).contains(answer.status) else {
                throw HealthCheck.Finding(
                    "The collector of spans answered \(answer.status).",
                    remedy: "Look at traces.endpoint and traces.headers.")
            }
            return "the collector takes spans"
        }
        return [check]
    }
}

/// Carries spans to the collector that the operator named.
private struct CollectorExchange: SpanTransport {
    let traces: ServerSettings.Traces

    /// Lasts as long as the process.
    private static let exchange = HTTPClientExchange(client: HTTPClientExchange.makeClient())

    func post(_ document: [UInt8], timeout: Duration) async throws -> SpanAnswer {
        let headers = [("Content-Type", "application/json"), ("User-Agent", "Suisha/\(Version.current)")]
        let request = HTTPExchangeRequest(
            url: traces.url, headers: headers + traces.headers.map { ($0.name, $0.value.revealed) },
            body: Data(document))
        let answer = try await Self.exchange.send(request, maximumBytes: 65_536, timeout: timeout)
        return SpanAnswer(
            status: answer.status, retryAfter: answer.header("retry-after"), body: Array(answer.body))
    }
}
