import Tracing

private enum RemoteKey: ServiceContextKey {
    typealias Value = TraceContext
    static var nameOverride: String? { "trace" }
}

private enum SpanKey: ServiceContextKey {
    typealias Value = RecordedSpan
    static var nameOverride: String? { "span" }
}

extension ServiceContext {
    /// The place in a trace that whoever is at the other end named.
    var remote: TraceContext? {
        get { self[RemoteKey.self] }
        set { self[RemoteKey.self] = newValue }
    }

    /// The span that this work belongs to.
    var span: RecordedSpan? {
        get { self[SpanKey.self] }
        set { self[SpanKey.self] = newValue }
    }

    /// Where in a trace it is.
    var place: TraceContext? { span?.trace ?? remote }
}

extension TraceContext {
    /// Where the running task is; nil when it belongs to no span of this process.
    package static var current: TraceContext? { ServiceContext.current?.span?.trace }
}
