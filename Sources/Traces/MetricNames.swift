import Metrics

/// The names of every metric of this target.
enum MetricNames {
    /// Spans that were sent and taken.
    static let exported = "suisha_trace_spans_exported_total"
    /// Spans that were not: `queue-full`, `refused`, `unreachable`, `shutdown`.
    static let dropped = "suisha_trace_spans_dropped_total"

    static func dropped(_ reason: String) -> Counter {
        Counter(label: dropped, dimensions: [("reason", reason)])
    }
}
