import CoreMetrics
import Model
import Synchronization
import Testing

@testable import Operations

@Suite("A second's sample (G2)")
struct SamplerTests {
    private let registry = MetricRegistry()
    private let system = ScriptedSystem()
    private let start = ContinuousClock.now

    private func reading(_ milliseconds: Int, facts: QueueFacts? = nil) -> Sampler.Reading {
        Sampler.Reading(
            instant: start + .milliseconds(milliseconds), system: system.files.read(),
            registry: RegistryReading(registry), facts: facts)
    }

    private func count(_ name: String, _ labels: [(String, String)] = [], _ times: Int64 = 1) {
        registry.makeCounter(label: name, dimensions: labels).increment(by: times)
    }

    @Test("rates are what was counted since the reading before, over the time between them")
    func rates() throws {
        let sampler = Course()
        count("suisha_http_requests_total", [("status", "200")], 100)
        #expect(sampler.take(reading(0)) == nil)
        count("suisha_http_requests_total", [("status", "200")], 7)
        count("suisha_http_requests_total", [("status", "404")], 2)
        count("suisha_http_requests_total", [("status", "503")], 1)
        count("suisha_session_lookups_total", [("from", "local")], 6)
        count("suisha_session_lookups_total", [("from", "database")], 2)
        system.facts.withLock {
            $0.userTicks += 60
            $0.busyTicks += 50
            $0.idleTicks += 150
            $0.received += 4_000
        }
        let sample = try #require(sampler.take(reading(2_000)))
        #expect(sample.measured == 2)
        #expect(sample.counts[.requests] == Tally(total: 10, greatest: 5))
        #expect(sample.counts[.errors]?.total == 1)
        #expect(sample.counts[.refusals]?.total == 2)
        #expect(abs((sample.gauges[.processCPU]?.mean ?? 0) - 30) < 0.001)
        #expect(sample.gauges[.machineCPU]?.mean == 25)
        #expect(sample.gauges[.networkReceived]?.mean == 2_000)
        #expect(sample.gauges[.diskFree]?.mean == 40)
        #expect(shown(sample, "requests_per_second") == 5)
        #expect(shown(sample, "session_cache_hit_percent") == 75)
        #expect(shown(sample, "workspace_cache_hit_percent") == nil)
        let idle = try #require(sampler.take(reading(3_000)))
        #expect(idle.counts.isEmpty && shown(idle, "requests_per_second") == 0)
    }

    @Test("latencies are those of the last second, over all endpoints")
    func latencies() throws {
        let sampler = Course()
        func answer(_ endpoint: String, _ milliseconds: Int64, _ times: Int) {
            let timer = registry.makeTimer(
                label: "suisha_http_request_duration_seconds", dimensions: [("endpoint", endpoint)])
            for _ in 0..<times { timer.recordNanoseconds(milliseconds * 1_000_000) }
        }
        answer("slow", 30_000, 1_000)
        _ = sampler.take(reading(0))
        answer("slow", 1_000, 2)
        answer("fast", 10, 98)
        let sample = try #require(sampler.take(reading(1_000)))
        #expect(abs((shown(sample, "request_mean_ms") ?? 0) - 29.8) < 0.2)
        #expect((9...12).contains(shown(sample, "request_p50_ms") ?? 0))
        #expect((9...12).contains(shown(sample, "request_p95_ms") ?? 0))
        #expect((1_000...1_150).contains(shown(sample, "request_p99_ms") ?? 0))
        let idle = try #require(sampler.take(reading(2_000)))
        #expect(shown(idle, "request_p50_ms") == nil)
    }

    @Test("a process that stood still leaves a gap and no values of it; what came late is taken over its time")
    func gap() throws {
        let sampler = Course()
        _ = sampler.take(reading(0))
        count("suisha_http_requests_total", [("status", "200")], 500)
        #expect(sampler.take(reading(30_000)) == nil)
        count("suisha_http_requests_total", [("status", "200")], 3)
        let after = try #require(sampler.take(reading(31_000)))
        #expect(after.counts[.requests]?.total == 3)
        count("suisha_http_requests_total", [("status", "200")], 12)
        #expect(try #require(sampler.take(reading(34_000))).counts[.requests] == Tally(total: 12, greatest: 4))
        #expect(sampler.take(reading(34_050)) == nil)
        count("suisha_http_requests_total", [("status", "200")], 5)
        #expect(try #require(sampler.take(reading(35_000))).counts[.requests]?.total == 5)
    }

    @Test("counters of the machine that began anew give no rate")
    func beginsAnew() throws {
        let sampler = Course()
        _ = sampler.take(reading(0))
        system.facts.withLock { $0.received = 600 }
        let sample = try #require(sampler.take(reading(1_000)))
        #expect(sample.gauges[.networkReceived] == nil)
        #expect(sample.gauges[.processCPU]?.mean == 0)
    }

    @Test("failures are counted by kind and code, a bounded number of them")
    func failures() throws {
        let sampler = Course()
        count("suisha_job_failures_total", [("kind", "transcribe"), ("code", "no-audio")], 5)
        _ = sampler.take(reading(0))
        count("suisha_job_failures_total", [("kind", "transcribe"), ("code", "no-audio")], 2)
        for number in 0..<30 {
            count("suisha_job_failures_total", [("kind", "exec"), ("code", "exit-\(number)")], Int64(number + 3))
        }
        let failures = try #require(sampler.take(reading(1_000))).failures
        #expect(failures.counts.count == 20)
        #expect(failures.sorted.reduce(0) { $0 + $1.count } == 2 + (3...32).reduce(0, +))
        #expect(failures.counts[Fingerprint(kind: "exec", code: "exit-29")] == 32)
        #expect(failures.counts[FailureTally.other] == 2 + (3...13).reduce(0, +))
    }

    @Test("facts of the queue carry their age, and are not shown for ever")
    func facts() throws {
        let sampler = Course()
        let facts = QueueFacts(
            states: [.ready: 4, .leased: 2], lag: .milliseconds(1_500), workers: 3, fairness: 0.5, readAt: start)
        _ = sampler.take(reading(0, facts: facts))
        let sample = try #require(sampler.take(reading(1_000, facts: facts)))
        #expect(shown(sample, "jobs_ready") == 4 && shown(sample, "jobs_running") == 2)
        #expect(shown(sample, "jobs_blocked") == 0)
        #expect(shown(sample, "queue_lag_ms") == 1_500 && shown(sample, "queue_age_ms") == 1_000)
        #expect(shown(sample, "workers") == 3 && shown(sample, "fairness") == 0.5)
        _ = sampler.take(reading(700_000, facts: facts))
        #expect(shown(try #require(sampler.take(reading(701_000, facts: facts))), "jobs_ready") == nil)
    }
}

/// A sampler that tests can ask inside of expectations.
private final class Course {
    private var sampler = Sampler()

    func take(_ reading: Sampler.Reading) -> Rollup? { sampler.take(reading) }
}

/// What people see of a rollup under a name.
func shown(_ rollup: Rollup, _ name: String) -> Double? {
    SampleField.all.first { $0.name == name }.flatMap { $0.value(rollup) }
}
