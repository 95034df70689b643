import Foundation

/// A stretch of time in which the clocks of a zone keep one distance from UTC. Seconds count from 1970 UTC.
struct ZoneStretch: Hashable, Sendable {
    /// The first second.
    var start: Int64
    /// The first second after it.
    var end: Int64
    /// Seconds to add to UTC to get what the clocks show.
    var offset: Int64

    /// How often the zone is asked. No zone has changed twice within so little time.
    private static let probe: Int64 = 6 * 3_600
    /// No zone is further from UTC than this.
    private static let furthest: Int64 = 16 * 3_600

    static func offset(of zone: TimeZone, at second: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
    }

    /// Every stretch that can show the given day (in days since 1970), in order and without holes.
    static func around(day: Int64, in zone: TimeZone) -> [ZoneStretch] {
        let start = day * CronFields.secondsPerDay - furthest
        let end = (day + 1) * CronFields.secondsPerDay + furthest
        var stretches = [ZoneStretch(start: start, end: end, offset: offset(of: zone, at: start))]
        var known = start
        while known < end {
            let next = min(known + probe, end)
            let offset = offset(of: zone, at: next)
            if offset != stretches[stretches.count - 1].offset {
                let change = self.change(in: zone, after: known, upTo: next)
                stretches[stretches.count - 1].end = change
                stretches.append(ZoneStretch(start: change, end: end, offset: offset))
            }
            known = next
        }
        return stretches
    }

    /// The first second with another offset than `low` has; `high` has another one.
    private static func change(in zone: TimeZone, after low: Int64, upTo high: Int64) -> Int64 {
        let before = offset(of: zone, at: low)
        var (low, high) = (low, high)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(of: zone, at: middle) == before { low = middle } else { high = middle }
        }
        return high
    }
}
