/// What was measured in a stretch of time, by one node or several. A second's sample is the smallest.
///
/// Holds what can be added up again, sums, extremes and histograms, and no averages or percentiles, so that those of an hour
/// or of ten nodes are as right as those of a second.
package struct Rollup: Hashable, Sendable {
    /// How many seconds were measured: fewer than the stretch has where a process stood still or was not there.
    package var measured = 0.0
    package var gauges: [Gauge: Spread] = [:]
    package var counts: [Count: Tally] = [:]
    package var histograms: [Distribution: Histogram] = [:]
    package var failures = FailureTally()
    package var users = DistinctCount()
    /// The newest; for people who run the server.
    package var shares: [WorkspaceShare] = []
    /// How many nodes measured.
    package var nodes = 1

    package init() {}

    /// Adds what the same nodes measured in another stretch of time, which is later.
    package mutating func append(_ later: Rollup) {
        measured += later.measured
        gauges.merge(later.gauges) { $0.after($1) }
        counts.merge(later.counts) { Tally(total: $0.total + $1.total, greatest: max($0.greatest, $1.greatest)) }
        nodes = max(nodes, later.nodes)
        mergeRest(later)
    }

    /// Adds what another node measured in the same stretch of time.
    package mutating func join(_ node: Rollup) {
        measured = max(measured, node.measured)
        for (gauge, spread) in node.gauges {
            gauges[gauge] = gauges[gauge].map { gauge.union == .sum ? $0.beside(spread) : $0.after(spread) } ?? spread
        }
        counts.merge(node.counts) { Tally(total: $0.total + $1.total, greatest: $0.greatest + $1.greatest) }
        nodes += node.nodes
        mergeRest(node)
    }

    private mutating func mergeRest(_ other: Rollup) {
        for (distribution, histogram) in other.histograms {
            histograms[distribution, default: Histogram()].merge(histogram)
        }
        failures.merge(other.failures)
        users.merge(other.users)
        if !other.shares.isEmpty { shares = other.shares }
    }

    /// Notes a gauge's value for this second.
    mutating func set(_ gauge: Gauge, _ value: Double) {
        guard value.isFinite else { return }
        gauges[gauge] = Spread(value)
    }
}

/// The values of a gauge over a stretch of time.
package struct Spread: Hashable, Sendable {
    package let least: Double
    package let greatest: Double
    package let sum: Double
    /// How many values were added up.
    package let count: Double

    init(_ value: Double) {
        self.init(least: value, greatest: value, sum: value, count: 1)
    }

    init(least: Double, greatest: Double, sum: Double, count: Double) {
        self.least = least
        self.greatest = greatest
        self.sum = sum
        self.count = count
    }

    package var mean: Double { sum / max(count, 1) }

    /// Together with other values of the same thing.
    func after(_ other: Spread) -> Spread {
        Spread(
            least: min(least, other.least), greatest: max(greatest, other.greatest), sum: sum + other.sum,
            count: count + other.count)
    }

    /// Added to the values of another thing at the same time. The extremes may have been at different moments, so the sum of
    /// the greatest is a bound.
    func beside(_ other: Spread) -> Spread {
        let count = max(count, other.count)
        return Spread(
            least: least + other.least, greatest: greatest + other.greatest, sum: (mean + other.mean) * count,
            count: count)
    }
}

/// How often something happened over a stretch of time.
package struct Tally: Hashable, Sendable {
    package let total: Double
    /// The most in one second.
    package let greatest: Double
}
