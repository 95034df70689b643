import Endpoints
import Traces

extension EndpointRequest {
    /// The trace that its jobs belong to, a W3C `traceparent`: the place of the running span where this server traces, else
    /// what the caller sent, if that is one. It stays with the job through the queue to the handler.
    var trace: String? {
        (TraceContext.current ?? headers["traceparent"].flatMap { TraceContext(traceparent: $0) })?.traceparent
    }
}
