import Endpoints
import Foundation
import Model

extension Screens {
    /// How the server does, second by second, for whoever runs it; for others how many jobs wait.
    var live: Screen {
        Screen("/operations", "listQueues", .operations, title: "nav_operations") { request, texts in
            let queues: PageList<QueueDocument> = try await operations.read("listQueues", for: request)
            var fields: [String: Any] = [
                "queues": queues.items.map { QueueView($0, texts) }, "hasQueues": !queues.items.isEmpty,
            ]
            if operations.admits(request.principal, to: "getSamples") {
                let range = OperationsRange(request)
                let series: SeriesDocument = try await operations.read("getSamples", for: request, query: range.query)
                fields.merge(OperationsView(series, range, texts).fields) { $1 }
            }
            return fields
        }
    }
}

/// The time that the charts show, as the address holds it: a length up to now, or a beginning and an end.
struct OperationsRange {
    /// Lengths that a link offers, in seconds.
    static let lengths: [(name: String, seconds: Int64)] = [
        ("5m", 300), ("15m", 900), ("1h", 3_600), ("6h", 21_600), ("24h", 86_400), ("7d", 604_800), ("90d", 7_776_000),
    ]
    /// The longest one that is shown second by second.
    private static let usual = "5m"

    /// nil for a beginning and an end.
    let name: String?
    let node: String?
    let from: String
    /// Empty for a length up to now.
    let end: String

    init(_ request: EndpointRequest, now: Timestamp = .now) {
        node = request.value("node")
        if let from = request.value("from"), let end = request.value("to") {
            (name, self.from, self.end) = (nil, Self.moment(from), Self.moment(end))
        } else {
            let name = request.value("range") ?? Self.usual
            let length = Self.lengths.first { $0.name == name } ?? Self.lengths[0]
            self.name = length.name
            from = (now + .seconds(-length.seconds)).description
            end = ""
        }
    }

    /// A time as a form without scripts sends it, which has no zone, in UTC; any other as it is.
    private static func moment(_ text: String) -> String {
        switch text.count {
        case 16: text + ":00Z"
        case 19: text + "Z"
        default: text
        }
    }

    /// How many seconds it has, if each new one belongs to it.
    var liveSeconds: Int64? {
        Self.lengths.first { $0.name == name && $0.seconds <= 3_600 }?.seconds
    }

    /// For the operation that reads it.
    var query: [String: String] { ["from": from, "to": end, "node": node ?? ""] }
}

/// Many stretches of time as the API shows them.
private struct SeriesDocument: Decodable {
    struct Failure: Decodable {
        let kind: String
        let code: String
        let count: Int
    }

    struct Share: Decodable {
        let workspace: String
        let running: Int
        let waiting: Int
        let weight: Int
        let sharePercent: Double
    }

    let from: PageTime
    let stepMs: Int64
    let nodes: [String]
    let values: [String: [Double?]]
    let failures: [Failure]
    let workspaces: [Share]
}

/// The charts with their newest values; a script draws the lines.
private struct OperationsView {
    /// A chart: its title, and the fields of its lines with their labels.
    private static let charts: [(title: String, unit: String, lines: [(field: String, label: String)])] = [
        (
            "chart_requests", "rate",
            [
                ("requests_per_second", "line_requests"), ("refusals_per_second", "line_refusals"),
                ("errors_per_second", "line_errors"),
            ]
        ),
        (
            "chart_latency", "time",
            [
                ("request_p50_ms", "line_p50"), ("request_p95_ms", "line_p95"), ("request_p99_ms", "line_p99"),
            ]
        ),
        (
            "chart_throughput", "rate",
            [
                ("jobs_succeeded_per_second", "line_succeeded"), ("jobs_failed_per_second", "line_failed"),
                ("jobs_retried_per_second", "line_retried"),
            ]
        ),
        (
            "chart_wait", "time",
            [
                ("job_wait_p50_ms", "line_p50"), ("job_wait_p95_ms", "line_p95"), ("job_wait_p99_ms", "line_p99"),
            ]
        ),
        (
            "chart_depth", "count",
            [
                ("jobs_ready", "line_ready"), ("jobs_running", "line_running"), ("jobs_scheduled", "line_scheduled"),
                ("jobs_parked", "line_parked"), ("jobs_blocked", "line_blocked"),
            ]
        ),
        ("chart_lag", "time", [("queue_lag_ms", "line_lag")]),
        (
            "chart_people", "count",
            [
                ("active_users", "line_users"), ("connections", "line_connections"), ("web_sockets", "line_sockets"),
                ("event_streams", "line_streams"),
            ]
        ),
        (
            "chart_processor", "percent",
            [("process_cpu_percent", "line_process"), ("machine_cpu_percent", "line_machine")]
        ),
        (
            "chart_memory", "bytes",
            [
                ("process_memory_bytes", "line_process"), ("machine_memory_used_bytes", "line_machine"),
            ]
        ),
        (
            "chart_network", "speed",
            [
                ("network_received_bytes_per_second", "line_received"), ("network_sent_bytes_per_second", "line_sent"),
            ]
        ),
        (
            "chart_disk", "speed",
            [
                ("disk_read_bytes_per_second", "line_read"), ("disk_written_bytes_per_second", "line_written"),
            ]
        ),
        (
            "chart_caches", "percent",
            [
                ("session_cache_hit_percent", "line_sessions"), ("workspace_cache_hit_percent", "line_documents"),
            ]
        ),
        ("chart_database", "time", [("database_ms", "line_database"), ("redis_p99_ms", "line_redis")]),
        (
            "chart_pool", "count",
            [("pool_in_use", "line_in_use"), ("pool_idle", "line_idle"), ("workers", "line_workers")]
        ),
    ]

    let fields: [String: Any]

    init(_ series: SeriesDocument, _ range: OperationsRange, _ texts: PageTexts) {
        func newest(_ field: String) -> Double? { (series.values[field] ?? []).last { $0 != nil } ?? nil }
        let charts: [[String: Any]] = Self.charts.compactMap { chart in
            // What this server has not, such as Redis, is left out; before the first second nobody knows.
            let lines = chart.lines.filter { series.values.isEmpty || series.values[$0.field] != nil }
            guard !lines.isEmpty else { return nil }
            return [
                "heading": texts(chart.title), "unit": chart.unit, "names": lines.map(\.field).joined(separator: " "),
                "lines": lines.enumerated().map { index, line in
                    [
                        "number": index, "name": line.field, "label": texts(line.label),
                        "value": newest(line.field).map { Self.text($0, chart.unit, texts) } ?? "–",
                    ] as [String: Any]
                },
            ]
        }
        var fields: [String: Any] = [
            "charts": charts, "hasSamples": true, "isMeasured": !series.values.isEmpty,
            "ranges": OperationsRange.lengths.map { length in
                [
                    "label": texts("range_\(length.name)"), "isCurrent": length.name == range.name,
                    "href": Screens.address("/operations", ["range": length.name, "node": range.node ?? ""]),
                ] as [String: Any]
            },
            "nodes": series.nodes.map { ["name": $0, "isCurrent": $0 == range.node] as [String: Any] },
            "hasNodes": series.nodes.count > 1 || range.node != nil,
            "failures": series.failures.map { failure in
                ["kind": texts.label("kind", failure.kind), "code": failure.code, "count": failure.count]
                    as [String: Any]
            },
            "hasFailures": !series.failures.isEmpty,
            "shares": series.workspaces.map { share in
                [
                    "workspace": share.workspace, "running": share.running, "waiting": share.waiting,
                    "weight": share.weight, "percent": Int(share.sharePercent.rounded()),
                ] as [String: Any]
            },
            "hasShares": !series.workspaces.isEmpty,
            "lights": Self.lights.compactMap { field, label in
                newest(field).map { ["name": field, "label": texts(label), "isUp": $0 > 0.5] as [String: Any] }
            },
            "samplesQuery": Screens.address("", range.query), "rangeFrom": String(range.from.prefix(19)),
            "rangeTo": String((range.end.isEmpty ? Timestamp.now.description : range.end).prefix(19)),
        ]
        fields["rangeName"] = range.name
        fields["liveSeconds"] = range.liveSeconds.map { String($0) }
        fields["node"] = range.node
        self.fields = fields
    }

    /// What either works or does not.
    private static let lights = [
        ("database_up", "light_database"), ("cache_up", "light_cache"), ("bus_up", "light_bus"),
    ]

    /// A number as the scripts write it too.
    private static func text(_ value: Double, _ unit: String, _ texts: PageTexts) -> String {
        switch unit {
        case "bytes": ByteCount(Int64(value)).description
        case "speed": ByteCount(Int64(value)).description + "/s"
        case "time" where value >= 10_000: texts.span(.milliseconds(Int64(value)))
        case "time": texts("js_milliseconds", ["n": value < 10 ? String(format: "%.1f", value) : String(Int(value))])
        case "percent": String(format: "%.0f %%", value)
        default: value < 10 && value != value.rounded() ? String(format: "%.1f", value) : String(Int(value.rounded()))
        }
    }
}

private struct QueueDocument: Decodable {
    let kind: String
    let mode: String
    let states: [String: Int]
    let oldestWaiting: PageTime?
}

/// A kind of job with how many of its jobs wait and run.
private struct QueueView {
    let label: String
    let kind: String
    let mode: String
    let waiting: Int
    let running: Int
    let oldest: PageTime?

    init(_ queue: QueueDocument, _ texts: PageTexts) {
        kind = queue.kind
        label = texts.label("kind", queue.kind)
        mode = texts.label("queue", queue.mode)
        running = queue.states["leased"] ?? 0
        waiting = ["scheduled", "blocked", "parked", "ready"].reduce(0) { $0 + (queue.states[$1] ?? 0) }
        oldest = queue.oldestWaiting
    }
}
