import AsyncHTTPClient
import Foundation
import Testing
import Tracing

@testable import Outbound
@testable import Traces

@Suite("G1: spans of requests to providers")
struct ClientSpanTests {
    @Test("a provider is told its place in the trace, and the span names host and status but no path")
    func client() async throws {
        let queue = SpanQueue()
        let root = SpanTracer(queue: queue, ratio: SampleRatio(1)).startSpan("run", .consumer, traceparent: nil)
        let client = HTTPClientExchange.makeClient()
        let exchange = HTTPClientExchange(client: client)
        let answers = ["/hooks/secret": ScriptedAnswer(echoes: "traceparent")]
        try await AnswerServer.with(answers) { port in
            func ask(_ path: String) async throws -> String {
                let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
                let answer = try await exchange.send(
                    .init(method: "GET", url: url), maximumBytes: 1_000, timeout: .seconds(30))
                return String(decoding: answer.body, as: UTF8.self)
            }
            #expect(try await ask("/hooks/secret").isEmpty)
            let told = try await root.within { try await ask("/hooks/secret") }
            _ = try await root.within { try await ask("/none") }
            let spans = queue.oldest(9)
            #expect(spans.map(\.name) == ["GET", "GET"] && spans.allSatisfy { $0.kind == .client })
            #expect(told == spans[0].trace.traceparent && spans[0].parent == root.trace.spanID)
            #expect(spans[0]["server.port"] == .int64(Int64(port)) && spans[0].status == nil)
            #expect(spans[1]["http.response.status_code"] == .int64(404))
            #expect(spans[1]["error.type"] == .string("404"))
            let source = SpanSource(version: "1", instance: "a", host: "b", process: 1)
            let written = String(decoding: SpanDocument(source: source).bytes(of: spans), as: UTF8.self)
            #expect(!written.contains("secret"))
        }
        try await client.shutdown()
    }
}
