import Conformance
import Testing

@testable import Operations

@Suite("Histograms that can be added up (G2)")
struct HistogramTests {
    /// Seconds from microseconds to an hour, most of them short.
    private func values(_ count: Int, _ numbers: inout SeededGenerator) -> [Double] {
        (0..<count).map { _ in
            let exponent = Double.random(in: -18...12, using: &numbers)
            return Double.random(in: 1..<2, using: &numbers)
                * Double(sign: .plus, exponent: Int(exponent), significand: 1)
        }
    }

    private func histogram(_ values: [Double]) -> Histogram {
        values.reduce(into: Histogram()) { $0.record($1) }
    }

    @Test("ranges follow each other without gaps, and each value lies in its own")
    func ranges() {
        for range in 1..<HistogramRange.count {
            #expect(HistogramRange.bounds(range).lowerBound == HistogramRange.bounds(range - 1).upperBound)
            #expect(HistogramRange.of(HistogramRange.bounds(range).lowerBound) == range)
        }
        #expect(HistogramRange.of(0) == 0 && HistogramRange.of(-1) == 0 && HistogramRange.of(.nan) == 0)
        #expect(HistogramRange.of(1e9) == HistogramRange.count - 1)
        var numbers = SeededGenerator(seed: 1)
        for value in values(10_000, &numbers) {
            let bounds = HistogramRange.bounds(HistogramRange.of(value))
            #expect(bounds.contains(value) || value > 2_048)
        }
    }

    @Test("a percentile of what was added up is the percentile of all values, up to an eighth", arguments: 0..<50)
    func merging(seed: Int) {
        var numbers = SeededGenerator(seed: UInt64(seed))
        let parts = (0..<Int.random(in: 1...12, using: &numbers)).map { _ in
            values(Int.random(in: 0...400, using: &numbers), &numbers)
        }
        var merged = Histogram()
        for part in parts { merged.merge(histogram(part)) }
        let all = parts.flatMap { $0 }.sorted()
        #expect(merged.count == UInt64(all.count))
        #expect(merged.ranges == histogram(all).ranges)
        guard !all.isEmpty else {
            #expect(merged.percentile(0.5) == nil && merged.mean == nil)
            return
        }
        #expect(abs((merged.mean ?? 0) - all.reduce(0, +) / Double(all.count)) <= 1e-9 * max(1, merged.total))
        for part in [0.0, 0.01, 0.5, 0.95, 0.99, 1] {
            let exact = all[max(0, Int((part * Double(all.count)).rounded(.up)) - 1)]
            let bounds = HistogramRange.bounds(HistogramRange.of(exact))
            #expect(merged.percentile(part).map(bounds.contains) == true, "\(part) of \(all.count)")
        }
    }

    @Test("what came since an earlier state is the difference; a state that is none of this one's gives none")
    func difference() {
        var numbers = SeededGenerator(seed: 7)
        let (before, after) = (values(100, &numbers), values(50, &numbers))
        let early = histogram(before)
        let late = histogram(before + after)
        #expect(late.since(early)?.ranges == histogram(after).ranges)
        #expect(late.since(late)?.isEmpty == true)
        #expect(early.since(late) == nil)
        #expect(late.since(histogram(values(149, &numbers))) == nil)
    }
}
