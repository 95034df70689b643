import CoreMetrics
import Synchronization

/// One number: a counter that grows, or a gauge that goes up and down.
final class NumberSeries: MetricSeries, CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)

    /// What it is now.
    var current: Double { value.withLock { $0 } }

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        guard amount.isFinite else { return }
        value.withLock { $0 += amount }
    }

    func decrement(by amount: Double) { increment(by: -amount) }

    func set(_ new: Int64) { set(Double(new)) }

    func set(_ new: Double) { value.withLock { $0 = new } }

    func record(_ new: Int64) { set(Double(new)) }

    func record(_ new: Double) { set(new) }

    func reset() { set(0.0) }

    func write(_ name: String, _ labels: SeriesLabels, to text: inout String) {
        text += "\(name)\(labels.text()) \(ExpositionText.number(current))\n"
    }
}
