/// What the process has measured of itself so far, added up over labels.
struct RegistryReading: Sendable {
    var gauges: [Gauge: Double] = [:]
    var counts: [Count: Double] = [:]
    var histograms: [Distribution: Histogram] = [:]
    var failures: [Fingerprint: Double] = [:]

    init() {}

    /// Reads the metrics that samples are made of. What has never been measured is left out.
    init(_ registry: MetricRegistry) {
        let families = registry.snapshot(of: Self.names)
        for (gauge, name) in Self.gaugeNames {
            guard let family = families[name] else { continue }
            gauges[gauge] = family.reduce(0) { $0 + (($1.series as? NumberSeries)?.current ?? 0) }
        }
        for (count, source) in Self.countSources {
            guard let family = families[source.name] else { continue }
            counts[count] = family.filter { source.holds($0.labels) }.reduce(0) {
                $0 + (($1.series as? NumberSeries)?.current ?? 0)
            }
        }
        for (distribution, name) in Self.distributionNames {
            guard let family = families[name] else { continue }
            var sum = Histogram()
            for part in family { (part.series as? HistogramSeries).map { sum.merge($0.histogram) } }
            histograms[distribution] = sum
        }
        for part in families[Self.failuresName] ?? [] {
            let fingerprint = Fingerprint(kind: part.labels["kind"] ?? "", code: part.labels["code"] ?? "")
            failures[fingerprint, default: 0] += (part.series as? NumberSeries)?.current ?? 0
        }
    }

    /// Counts attempts that failed, by kind and code.
    private static let failuresName = "suisha_job_failures_total"

    private static let gaugeNames: [Gauge: String] = [
        .requestsInFlight: "suisha_http_requests_in_flight",
        .connections: "suisha_http_connections",
        .eventStreams: "suisha_http_event_streams",
        .webSockets: "suisha_websocket_connections",
        .poolInUse: "suisha_database_pool_in_use",
        .poolIdle: "suisha_database_pool_idle",
    ]

    /// A counter, or those of its series whose label has one of some values.
    private struct CountSource: Sendable {
        let name: String
        var label: (name: String, holds: @Sendable (String) -> Bool)?

        init(_ name: String) {
            self.name = name
        }

        init(_ name: String, _ label: String, _ values: String...) {
            self.name = name
            self.label = (label, { values.contains($0) })
        }

        /// Statuses that begin with a digit.
        init(_ name: String, statuses digit: Character) {
            self.name = name
            label = ("status", { $0.first == digit })
        }

        func holds(_ labels: SeriesLabels) -> Bool {
            guard let label else { return true }
            return labels[label.name].map(label.holds) ?? false
        }
    }

    private static let countSources: [Count: CountSource] = [
        .requests: .init("suisha_http_requests_total"),
        .errors: .init("suisha_http_requests_total", statuses: "5"),
        .refusals: .init("suisha_http_requests_total", statuses: "4"),
        .uploadedBytes: .init("suisha_http_uploaded_bytes_total"),
        .sessionLookups: .init("suisha_session_lookups_total"),
        .sessionHits: .init("suisha_session_lookups_total", "from", "local", "shared"),
        .workspaceLookups: .init("suisha_document_lookups_total"),
        .workspaceHits: .init("suisha_document_lookups_total", "from", "local", "shared"),
        .poolTimeouts: .init("suisha_database_pool_timeouts_total"),
        .redisCommands: .init("suisha_redis_commands_total"),
        .redisFailures: .init("suisha_redis_failures_total"),
        .jobsSucceeded: .init("suisha_job_outcomes_total", "outcome", "succeeded"),
        .jobsFailed: .init("suisha_job_outcomes_total", "outcome", "dead"),
        .jobsRetried: .init("suisha_job_outcomes_total", "outcome", "retry"),
        .jobsCanceled: .init("suisha_job_outcomes_total", "outcome", "canceled"),
        .leasesLost: .init("suisha_job_leases_lost_total"),
        .connectionLosses: .init("suisha_redis_losses_total"),
        .listenerLosses: .init("suisha_database_listener_losses_total"),
    ]

    private static let distributionNames: [Distribution: String] = [
        .requests: "suisha_http_request_duration_seconds",
        .poolWaits: "suisha_database_pool_wait_seconds",
        .redisCalls: "suisha_redis_latency_seconds",
        .jobWaits: "suisha_job_wait_seconds",
        .jobRuns: "suisha_job_run_seconds",
    ]

    private static let names = Set(
        [failuresName] + gaugeNames.values + countSources.values.map(\.name) + distributionNames.values)
}
