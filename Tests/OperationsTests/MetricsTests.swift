import CoreMetrics
import Foundation
import Operations
import Testing

@Suite("Metrics in Prometheus' text format (G1)")
struct MetricsTests {
    @Test("counters, gauges and timers appear under their names with sorted labels")
    func text() {
        let registry = MetricRegistry(help: ["requests_total": "Requests."])
        registry.makeCounter(label: "requests", dimensions: [("status", "200"), ("method", "GET")]).increment(by: 2)
        registry.makeMeter(label: "in_flight", dimensions: []).set(3.5)
        registry.makeTimer(label: "duration", dimensions: []).recordNanoseconds(20_000_000)
        let lines = registry.text().split(separator: "\n")
        #expect(lines.contains("# HELP requests_total Requests."))
        #expect(lines.contains("# TYPE requests_total counter"))
        #expect(lines.contains("requests_total{method=\"GET\",status=\"200\"} 2"))
        #expect(lines.contains("in_flight 3.5"))
        #expect(lines.contains("duration_seconds_bucket{le=\"0.01\"} 0"))
        #expect(lines.contains("duration_seconds_bucket{le=\"0.025\"} 1"))
        #expect(lines.contains("duration_seconds_bucket{le=\"+Inf\"} 1"))
        #expect(lines.contains("duration_seconds_sum 0.02"))
        #expect(lines.contains("duration_seconds_count 1"))
    }

    @Test("the same name and labels give the same series, in any order of labels")
    func sameSeries() {
        let registry = MetricRegistry()
        registry.makeCounter(label: "a_total", dimensions: [("x", "1"), ("y", "2")]).increment(by: 1)
        registry.makeCounter(label: "a_total", dimensions: [("y", "2"), ("x", "1")]).increment(by: 1)
        #expect(registry.text().contains("a_total{x=\"1\",y=\"2\"} 2"))
    }

    @Test("more label combinations than allowed share one series, and are counted")
    func boundedCardinality() {
        let registry = MetricRegistry(maximumSeries: 3)
        for number in 0..<1_000 {
            registry.makeCounter(label: "hits_total", dimensions: [("user", "\(number)")]).increment(by: 1)
        }
        let text = registry.text()
        #expect(text.split(separator: "\n").count { $0.hasPrefix("hits_total") } == 4)
        #expect(text.contains("hits_total{user=\"other\"} 997"))
        #expect(text.contains("\(MetricRegistry.refusedName){metric=\"hits_total\"} 997"))
    }

    @Test("a name that is in use for another kind does not spoil the page")
    func kindConflict() {
        let registry = MetricRegistry()
        registry.makeMeter(label: "size_total", dimensions: []).set(1.0)
        registry.makeCounter(label: "size_total", dimensions: []).increment(by: 5)
        #expect(registry.text().contains("size_total 1\n"))
        #expect(!registry.text().contains("counter"))
    }

    @Test("labels with quotes, line feeds and backslashes are escaped, and odd names become valid")
    func escaping() {
        let registry = MetricRegistry()
        registry.makeMeter(label: "2.odd-name", dimensions: [("a.b", "x\"y\\z\n")]).set(1.0)
        #expect(registry.text().contains("_2_odd_name{a_b=\"x\\\"y\\\\z\\n\"} 1"))
    }

    @Test("values from many threads all arrive")
    func concurrency() async {
        let registry = MetricRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        registry.makeCounter(label: "c_total", dimensions: [("k", "v")]).increment(by: 1)
                    }
                }
            }
        }
        #expect(registry.text().contains("c_total{k=\"v\"} 8000"))
    }

    @Test("the table in docs/operations.md says the same as the help of /metrics")
    func documentation() throws {
        let page = try String(contentsOf: Project.file("docs/operations.md"), encoding: .utf8)
        for (name, sentence) in MetricHelp.sentences.sorted(by: { $0.key < $1.key }) {
            #expect(page.contains("| `\(name)` | \(sentence) |"))
        }
        let listed = page.matches(of: /\| `((?:suisha|process)_\w+)` \|/).map { String($0.1) }
        #expect(Set(listed) == Set(MetricHelp.sentences.keys))
    }
}
