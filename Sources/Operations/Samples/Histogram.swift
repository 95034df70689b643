/// How often something took how long, in ranges that are narrow everywhere: eight to each doubling.
///
/// Histograms are added up over seconds, hours and nodes, and only then asked for a percentile: an average of percentiles is
/// the percentile of nothing. The answer is wrong by the width of a range at most, an eighth of the value.
package struct Histogram: Hashable, Sendable {
    /// How many values fell into each range that has any.
    private(set) var ranges: [Int: UInt64]
    /// All values added up, in seconds.
    private(set) var total: Double
    private(set) var count: UInt64

    package init() {
        (ranges, total, count) = ([:], 0, 0)
    }

    /// - Parameter ranges: counts by range, as ``HistogramRange`` numbers them.
    init(ranges: [Int: UInt64], total: Double) {
        self.ranges = ranges.filter { $0.value > 0 }
        self.total = total
        count = self.ranges.values.reduce(0, +)
    }

    var isEmpty: Bool { count == 0 }

    /// Adds a value in seconds.
    package mutating func record(_ seconds: Double) {
        ranges[HistogramRange.of(seconds), default: 0] += 1
        total += seconds
        count += 1
    }

    /// Adds what another holds.
    package mutating func merge(_ other: Histogram) {
        ranges.merge(other.ranges, uniquingKeysWith: +)
        total += other.total
        count += other.count
    }

    /// What was added since an earlier state of the same histogram; nil when that state is none of this one's.
    func since(_ earlier: Histogram) -> Histogram? {
        guard count >= earlier.count else { return nil }
        var difference: [Int: UInt64] = [:]
        for (range, count) in ranges {
            let before = earlier.ranges[range] ?? 0
            guard count >= before else { return nil }
            if count > before { difference[range] = count - before }
        }
        return Histogram(ranges: difference, total: max(0, total - earlier.total))
    }

    /// The mean in seconds; nil without values.
    package var mean: Double? { count > 0 ? total / Double(count) : nil }

    /// The value in seconds that this part of all values does not exceed, up to the width of a range; nil without values.
    ///
    /// - Parameter part: from 0 to 1.
    package func percentile(_ part: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = max(1, (part * Double(count)).rounded(.up))
        var seen = 0.0
        for (range, count) in ranges.sorted(by: { $0.key < $1.key }) {
            guard seen + Double(count) < rank else {
                let bounds = HistogramRange.bounds(range)
                return bounds.lowerBound
                    + (bounds.upperBound - bounds.lowerBound) * (rank - seen) / Double(count)
            }
            seen += Double(count)
        }
        return ranges.keys.max().map { HistogramRange.bounds($0).upperBound }
    }
}

/// The ranges of a ``Histogram``: range 0 ends at 61 µs, the last one has everything from half an hour on.
package enum HistogramRange {
    /// Ranges to each doubling.
    private static let parts = 8
    private static let leastExponent = -14
    private static let greatestExponent = 10

    /// How many there are.
    static let count = (greatestExponent - leastExponent + 1) * parts + 2

    /// The range of a value in seconds.
    static func of(_ seconds: Double) -> Int {
        guard seconds.isFinite, seconds > 0 else { return 0 }
        let exponent = Int(seconds.exponent)
        if exponent < leastExponent { return 0 }
        if exponent > greatestExponent { return count - 1 }
        let part = Int((seconds.significand - 1) * Double(parts))
        return 1 + (exponent - leastExponent) * parts + min(part, parts - 1)
    }

    /// The values of a range in seconds: from the lower bound on, below the upper one.
    package static func bounds(_ range: Int) -> ClosedRange<Double> {
        guard range > 0 else { return 0...Double(sign: .plus, exponent: leastExponent, significand: 1) }
        let top = Double(sign: .plus, exponent: greatestExponent + 1, significand: 1)
        guard range < count - 1 else { return top...(top * 2) }
        let (octave, part) = (range - 1).quotientAndRemainder(dividingBy: parts)
        let base = Double(sign: .plus, exponent: leastExponent + octave, significand: 1)
        return (base * (1 + Double(part) / Double(parts)))...(base * (1 + Double(part + 1) / Double(parts)))
    }
}
