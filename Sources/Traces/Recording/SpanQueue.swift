import Metrics
import Synchronization

/// Spans that have ended and wait to be sent. When it is full, new ones are dropped and counted: what is slow to take them
/// costs neither memory nor the work that they tell of.
package final class SpanQueue: Sendable {
    private let spans: Mutex<[SpanRecord]>
    private let capacity: Int
    private let full: Counter

    package init(capacity: Int = 8_192) {
        self.capacity = capacity
        spans = Mutex([])
        full = MetricNames.dropped("queue-full")
    }

    func add(_ span: SpanRecord) {
        let fits = spans.withLock { spans in
            guard spans.count < capacity else { return false }
            spans.append(span)
            return true
        }
        if !fits { full.increment() }
    }

    /// The oldest, which stay here until they are removed.
    func oldest(_ limit: Int) -> [SpanRecord] { spans.withLock { Array($0.prefix(limit)) } }

    /// Forgets the oldest: they were sent, or nobody wants them.
    func removeOldest(_ count: Int) { spans.withLock { $0.removeFirst(min(count, $0.count)) } }

    var count: Int { spans.withLock { $0.count } }
}
