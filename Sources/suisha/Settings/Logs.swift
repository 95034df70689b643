import Logging
import Metrics
import Operations
import Traces

/// Connects the log and the metrics of the process; once, at its start.
enum Logs {
    /// The measurements of this process; the text of `/metrics` comes from here.
    static let metrics: MetricRegistry = MetricRegistry()

    /// Starts the log as configured.
    ///
    /// - Parameter sink: where lines go.
    static func start(_ settings: ServerSettings.Logs, to sink: LogSink = .standardError) {
        let isText = settings.format == .text || (settings.format == .auto && Terminal.isInteractive)
        let level = Logger.Level(rawValue: settings.level.rawValue) ?? .info
        LoggingSystem.bootstrap(
            { label, provider in
                LineLogHandler(
                    label: label, level: level, form: isText ? .text : .json, metadataProvider: provider,
                    write: sink.write)
            },
            // What is logged in a span says in which trace.
            metadataProvider: .init { TraceContext.current.map { ["trace_id": "\($0.traceID)"] } ?? [:] })
        MetricsSystem.bootstrap(metrics)
    }
}
