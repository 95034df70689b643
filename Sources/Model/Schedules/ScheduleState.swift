public import Foundation

/// Where a schedule stands: which tick comes next. Holds no clock; the caller passes the time of the database.
///
/// Storing ``nextAt`` in the transaction that submits the jobs of ``advance(to:)`` makes each tick fire once, however
/// many leaders come and go: a second leader reads the moved ``nextAt`` and gets no ticks. The moment of a tick is also
/// its name, so it serves as idempotency key.
public struct ScheduleState: Hashable, Sendable {
    /// When the schedule is due.
    public let expression: CronExpression
    /// The zone whose clocks count.
    public let zone: TimeZone
    /// What happens to missed ticks.
    public let policy: MissedTickPolicy
    /// The oldest tick that was neither fired nor dropped; nil when the expression has no further tick.
    public private(set) var nextAt: Timestamp?

    /// A tick that is late by more counts as missed. Longer than a leader change takes.
    public static let tolerance: Duration = .seconds(60)

    /// A schedule that was stored with this next tick.
    public init(expression: CronExpression, zone: TimeZone, policy: MissedTickPolicy, nextAt: Timestamp?) {
        self.expression = expression
        self.zone = zone
        self.policy = policy
        self.nextAt = nextAt
    }

    /// A new, edited or resumed schedule: it misses nothing that lies before `now`.
    public init(expression: CronExpression, zone: TimeZone, policy: MissedTickPolicy, startingAt now: Timestamp) {
        self.init(
            expression: expression, zone: zone, policy: policy, nextAt: expression.next(after: now, in: zone))
    }

    /// What is to be done at one moment.
    public struct DueTicks: Hashable, Sendable {
        /// The ticks to submit jobs for, oldest first; at most ``MissedTickPolicy/limits``'s upper bound.
        public var fire: [Timestamp]
        /// The oldest tick that is never run, for the log; nil when none was dropped.
        public var droppedFrom: Timestamp?

        /// Ticks to fire, and where the dropped ones begin.
        public init(fire: [Timestamp] = [], droppedFrom: Timestamp? = nil) {
            self.fire = fire
            self.droppedFrom = droppedFrom
        }
    }

    /// Moves past every tick up to `now` and says which of them to fire.
    ///
    /// A `now` before the last one, from a clock that was set back, fires nothing and changes nothing. The cost does
    /// not grow with the time that was missed.
    public mutating func advance(to now: Timestamp) -> DueTicks {
        guard let oldest = nextAt, oldest <= now else { return DueTicks() }
        var due = DueTicks()
        switch policy {
        case .skip: due.fire = newestTicks(1, upTo: now, from: oldest).filter { now - $0 <= Self.tolerance }
        case .latest: due.fire = Array(newestTicks(1, upTo: now, from: oldest))
        case .all(let limit): due.fire = Array(newestTicks(max(limit, 1), upTo: now, from: oldest))
        }
        if due.fire.first != oldest { due.droppedFrom = oldest }
        nextAt = expression.next(after: now, in: zone)
        return due
    }

    /// The last `count` ticks of `oldest...now`, in order; `oldest` is one of them.
    ///
    /// Ticks can only be walked forwards, so this looks for a moment that has a few more than `count` ticks after it.
    /// Each look walks at most twice `count` ticks, and the years between two moments are halved 40 times at most.
    private func newestTicks(_ count: Int, upTo now: Timestamp, from oldest: Timestamp) -> ArraySlice<Timestamp> {
        var low = oldest
        var high = now
        var found = [oldest] + ticks(after: oldest, upTo: now, atMost: 2 * count)
        while found.count > 2 * count, high - low > .seconds(1) {
            let middle = low + (high - low) / 2
            let later = ticks(after: middle, upTo: now, atMost: 2 * count + 1)
            if later.count < count {
                high = middle
            } else {
                low = middle
                found = later
            }
        }
        return found.suffix(count)
    }

    private func ticks(after start: Timestamp, upTo now: Timestamp, atMost limit: Int) -> [Timestamp] {
        var ticks: [Timestamp] = []
        var last = start
        while ticks.count < limit, let next = expression.next(after: last, in: zone), next <= now {
            ticks.append(next)
            last = next
        }
        return ticks
    }
}
