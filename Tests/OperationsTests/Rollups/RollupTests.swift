import Conformance
import Model
import Testing

@testable import Operations

@Suite("Rollups over time and nodes (G2)")
struct RollupTests {
    static func second(_ requests: Double, cpu: Double = 10, memory: Double = 100, slow: Double = 0.01) -> Rollup {
        var rollup = Rollup()
        rollup.measured = 1
        rollup.set(.processCPU, cpu)
        rollup.set(.processMemory, memory)
        rollup.set(.machineCPU, cpu)
        rollup.counts[.requests] = Tally(total: requests, greatest: requests)
        var histogram = Histogram()
        for _ in 0..<Int(requests) { histogram.record(slow) }
        rollup.histograms[.requests] = histogram
        return rollup
    }

    @Test("over time, gauges have their mean and extremes, counts their sum and the most in a second")
    func time() {
        var minute = Self.second(10, cpu: 20)
        minute.append(Self.second(30, cpu: 80))
        minute.append(Self.second(2, cpu: 50))
        #expect(minute.measured == 3)
        #expect(minute.gauges[.processCPU] == Spread(least: 20, greatest: 80, sum: 150, count: 3))
        #expect(minute.counts[.requests] == Tally(total: 42, greatest: 30))
        #expect(shown(minute, "requests_per_second") == 14)
        #expect(minute.histograms[.requests]?.count == 42)
    }

    @Test("over nodes, what each has of its own is added up, and what all see is not")
    func nodes() {
        var both = Self.second(10, cpu: 20, memory: 100)
        both.join(Self.second(5, cpu: 60, memory: 50))
        #expect(both.nodes == 2 && both.measured == 1)
        #expect(shown(both, "process_cpu_percent") == 80)
        #expect(shown(both, "process_memory_bytes") == 150)
        #expect(shown(both, "machine_cpu_percent") == 40)
        #expect(shown(both, "requests_per_second") == 15)
    }

    @Test("a percentile of nodes and hours is that of all their values and no mean of percentiles")
    func percentiles() {
        var all = Self.second(98, slow: 0.01)
        all.join(Self.second(2, slow: 5))
        #expect((shown(all, "request_p95_ms") ?? 0) < 12)
        #expect((shown(all, "request_p99_ms") ?? 0) > 4_900)
    }

    @Test("adding up in any order and grouping gives the same", arguments: 0..<20)
    func grouping(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let seconds = (0..<40).map { _ in
            // Whole numbers, so that sums are the same in every order.
            Self.second(
                Double(Int.random(in: 0...30, using: &random)), cpu: Double(Int.random(in: 0...100, using: &random)),
                slow: 0.25)
        }
        func total(_ parts: some Sequence<Rollup>) -> Rollup? {
            var parts = parts.makeIterator()
            guard var whole = parts.next() else { return nil }
            while let part = parts.next() { whole.append(part) }
            return whole
        }
        let flat = total(seconds)
        let grouped = total(stride(from: 0, to: 40, by: 8).compactMap { total(seconds[$0..<$0 + 8]) })
        #expect(flat == grouped)
        #expect(total(seconds.shuffled(using: &random)) == flat)
    }

    @Test("what was stored is read as it was, up to three decimals; what a newer version adds is left out")
    func stored() throws {
        var rollup = Self.second(3, cpu: 12.25, slow: 0.25)
        rollup.append(Self.second(4, cpu: 30, slow: 0.5))
        rollup.failures = FailureTally([Fingerprint(kind: "exec", code: "exit-1"): 3])
        rollup.users.insert("user_a")
        rollup.shares = [WorkspaceShare(workspace: .local, running: 1, waiting: 2, recent: 0.5, weight: 3)]
        let text = try [StoredRollup(rollup)].text
        #expect(try [StoredRollup](text: text).map(\.rollup) == [rollup])
        let newer = #"[{"m":1,"g":[[999,5],[1,2]],"c":[[999,1,1]],"h":[[999,1,2,3],[1,0.5,5000,1,3,2]],"later":true}]"#
        let read = try #require(try [StoredRollup](text: newer).first?.rollup)
        #expect(read.gauges == [.processCPU: Spread(2)] && read.counts.isEmpty)
        #expect(read.histograms == [.requests: Histogram(ranges: [3: 2], total: 0.5)])
    }

    @Test("fairness is 1 when each of those that wait has its weight's part, and 1/n when one has everything")
    func fairness() {
        func share(_ recent: Double, weight: Int = 1, waiting: Int = 5) -> WorkspaceShare {
            WorkspaceShare(workspace: WorkspaceID(), running: 0, waiting: waiting, recent: recent, weight: weight)
        }
        #expect(WorkspaceShare.fairness([share(2), share(4, weight: 2)]) == 1)
        #expect(WorkspaceShare.fairness([share(4), share(0), share(0), share(0)]) == 0.25)
        #expect(WorkspaceShare.fairness([share(4), share(0, waiting: 0)]) == nil)
        #expect(WorkspaceShare.fairness([share(0), share(0)]) == nil)
    }
}
