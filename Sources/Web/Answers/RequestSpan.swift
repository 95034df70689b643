import Endpoints
import Model
import Traces
import Tracing

/// The span of one call, from when its route is known until the last byte of its answer.
///
/// It holds neither path nor query nor body: their route says what was called, and what they hold may be secret.
struct RequestSpan: Sendable {
    private let span: RecordedSpan

    /// nil where nothing is traced, and for what monitoring and browsers ask for all the time: health, metrics, assets.
    ///
    /// - Parameter method: `LIVE` for a command over a WebSocket.
    init?(_ tracer: SpanTracer?, _ method: String, _ route: Route, traceparent: String?, request id: String) {
        guard let tracer, route.endpoint.rateClass != .unlimited else { return nil }
        span = tracer.startSpan("\(method) \(route.endpoint.path)", .server, traceparent: traceparent)
        span.add([
            "http.request.method": .string(method), "http.route": .string(route.endpoint.path),
            "suisha.operation": .string(route.endpoint.id), "suisha.request_id": .string(id),
        ])
    }

    /// For logs.
    var traceID: String { span.trace.traceID.description }

    func isOf(_ principal: Principal?) {
        guard let principal else { return }
        span.add(["suisha.workspace": .string(principal.workspace.description)])
    }

    /// Runs `body` as a part of the span, if there is one.
    static func within<Value>(_ span: RequestSpan?, _ body: () async throws -> Value) async rethrows -> Value {
        guard let span else { return try await body() }
        return try await span.span.within(body)
    }

    /// Ends it, failed where the fault is on this side.
    func end(status: Int, _ failure: (any Error)?, isCutOff: Bool = false) {
        span.add(["http.response.status_code": .int64(Int64(status))])
        let problem = failure.map { Problem($0).kind.name }
        if let problem, status >= 400 { span.add(["suisha.problem": .string(problem)]) }
        if status >= 500 { span.fail(problem ?? String(status)) }
        // Callers may go when they like; that is no failure.
        if isCutOff { span.add(["suisha.cut_off": true]) }
        span.end()
    }
}
