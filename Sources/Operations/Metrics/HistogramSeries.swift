import CoreMetrics
import Synchronization

/// How often values fell into which range.
final class HistogramSeries: MetricSeries, TimerHandler, RecorderHandler {
    private struct State {
        var counts: [UInt64]
        /// By the narrow ranges of ``Histogram``; empty where values are no seconds.
        var narrow: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    /// - Parameter bounds: the largest value of each range, rising; the last range has no end.
    init(bounds: [Double]) {
        self.bounds = bounds
        let narrow = bounds == Self.seconds ? HistogramRange.count : 0
        state = Mutex(
            State(
                counts: Array(repeating: 0, count: bounds.count + 1), narrow: Array(repeating: 0, count: narrow)))
    }

    /// Seconds from a millisecond to half an hour.
    static let seconds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800,
    ]
    /// Bytes from a kibibyte to four gibibytes.
    static let bytes: [Double] = [1_024, 16_384, 262_144, 4_194_304, 67_108_864, 1_073_741_824, 4_294_967_296]

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let range = bounds.firstIndex { value <= $0 } ?? bounds.count
        let narrowRange = HistogramRange.of(value)
        state.withLock { state in
            state.counts[range] += 1
            if !state.narrow.isEmpty { state.narrow[narrowRange] += 1 }
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

    /// Its values so far in narrow ranges, for percentiles; empty where values are no seconds.
    var histogram: Histogram {
        let (narrow, sum) = state.withLock { ($0.narrow, $0.sum) }
        return Histogram(
            ranges: Dictionary(
                uniqueKeysWithValues: narrow.enumerated().filter { $0.element > 0 }.map { ($0.offset, $0.element) }),
            total: sum)
    }

    func write(_ name: String, _ labels: SeriesLabels, to text: inout String) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var total: UInt64 = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            total += count
            text += "\(name)_bucket\(labels.text(adding: ("le", ExpositionText.number(bound)))) \(total)\n"
        }
        text += "\(name)_sum\(labels.text()) \(ExpositionText.number(sum))\n"
        text += "\(name)_count\(labels.text()) \(total)\n"
    }
}
