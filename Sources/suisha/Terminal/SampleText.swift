import Foundation
import Model

/// A second of a server as lines for a terminal.
enum SampleText {
    /// The lines, each clipped to the width.
    static func lines(_ sample: SampleView, title: String, width: Int) -> [String] {
        let nodes = sample.nodes == 1 ? "1 node" : "\(sample.nodes) nodes"
        let table = TextTable.text(head: ["", "", "", "", "", ""], rows: rows(sample.values))
        var lines = ["\(title)  \(sample.at.description.dropLast(5).suffix(8)) UTC  \(nodes)"]
        lines += table.split(separator: "\n").dropFirst().map(String.init)
        if !sample.failures.isEmpty {
            lines += text(
                head: ["FAILED", "KIND", "CODE"], sample.failures.prefix(5).map { ["\($0.count)", $0.kind, $0.code] })
        }
        if !sample.workspaces.isEmpty {
            lines += text(
                head: ["WORKSPACE", "SHARE", "RUNNING", "WAITING"],
                sample.workspaces.prefix(5).map {
                    [$0.workspace, "\(Int($0.sharePercent.rounded())) %", "\($0.running)", "\($0.waiting)"]
                })
        }
        return lines.map { TextWidth.clipped($0, to: width) }
    }

    private static func text(head: [String], _ rows: [[String]]) -> [String] {
        [""] + TextTable.text(head: head, rows: rows).split(separator: "\n").map(String.init)
    }

    private static func rows(_ values: [String: Double]) -> [[String]] {
        func percent(_ name: String) -> String { values[name].map { "\(number($0)) %" } ?? "-" }
        func count(_ name: String) -> String { values[name].map(number) ?? "-" }
        func rate(_ name: String) -> String { values[name].map { number($0) + "/s" } ?? "-" }
        func time(_ name: String) -> String { values[name].map(duration) ?? "-" }
        func bytes(_ name: String) -> String { values[name].map { ByteCount(Int64($0)).description } ?? "-" }
        func isUp(_ name: String) -> String { values[name].map { $0 >= 0.5 ? "up" : "AWAY" } ?? "-" }
        return [
            [
                "process", percent("process_cpu_percent"), bytes("process_memory_bytes"),
                "files \(count("process_open_files"))",
            ],
            [
                "machine", percent("machine_cpu_percent"),
                bytes("machine_memory_used_bytes"), "of \(bytes("machine_memory_total_bytes"))",
                "disk \(bytes("disk_free_bytes")) free",
            ],
            [
                "network", "in \(bytes("network_received_bytes_per_second"))/s",
                "out \(bytes("network_sent_bytes_per_second"))/s", "read \(bytes("disk_read_bytes_per_second"))/s",
                "written \(bytes("disk_written_bytes_per_second"))/s",
            ],
            [
                "requests", rate("requests_per_second"), "errors \(rate("errors_per_second"))",
                "p50 \(time("request_p50_ms"))", "p95 \(time("request_p95_ms"))", "p99 \(time("request_p99_ms"))",
            ],
            [
                "people", "active \(count("active_users"))", "connections \(count("connections"))",
                "streams \(count("event_streams"))", "in flight \(count("requests_in_flight"))",
            ],
            [
                "caches", "sessions \(percent("session_cache_hit_percent"))",
                "workspaces \(percent("workspace_cache_hit_percent"))", "shared \(isUp("cache_up"))",
                "bus \(isUp("bus_up"))",
            ],
            [
                "database", isUp("database_up"), time("database_ms"), "in use \(count("pool_in_use"))",
                "wait p99 \(time("pool_wait_p99_ms"))",
            ],
            [
                "jobs", "ready \(count("jobs_ready"))", "parked \(count("jobs_parked"))",
                "running \(count("jobs_running"))", "later \(count("jobs_scheduled"))",
                "blocked \(count("jobs_blocked"))",
            ],
            [
                "workers", count("workers"), "done \(rate("jobs_succeeded_per_second"))",
                "failed \(rate("jobs_failed_per_second"))", "again \(rate("jobs_retried_per_second"))",
                "fairness \(values["fairness"].map { String(format: "%.2f", $0) } ?? "-")",
            ],
            [
                "waits", "oldest \(time("queue_lag_ms"))", "p50 \(time("job_wait_p50_ms"))",
                "p95 \(time("job_wait_p95_ms"))", "p99 \(time("job_wait_p99_ms"))",
            ],
        ]
    }

    /// Short: one digit behind the point where there are few before it.
    static func number(_ value: Double) -> String {
        value == value.rounded() || abs(value) >= 100 ? "\(Int(value.rounded()))" : String(format: "%.1f", value)
    }

    /// Milliseconds, or longer units where they are many.
    static func duration(_ milliseconds: Double) -> String {
        switch milliseconds {
        case ..<1_000: "\(number(milliseconds)) ms"
        case ..<120_000: "\(number(milliseconds / 1_000)) s"
        case ..<7_200_000: "\(number(milliseconds / 60_000)) min"
        default: "\(number(milliseconds / 3_600_000)) h"
        }
    }
}
