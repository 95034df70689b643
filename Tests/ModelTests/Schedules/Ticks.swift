import Foundation
import Model
import Testing

/// The next ticks of an expression.
func ticks(of expression: CronExpression, after start: Timestamp, in zone: TimeZone, count: Int) -> [Timestamp] {
    var ticks: [Timestamp] = []
    while ticks.count < count, let next = expression.next(after: ticks.last ?? start, in: zone) { ticks.append(next) }
    return ticks
}

/// A moment written as the clocks of a zone show it, with their distance from UTC: `2026-03-08 03:00 -0400`.
func formatted(_ time: Timestamp, in zone: TimeZone) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = zone
    formatter.dateFormat = "yyyy-MM-dd HH:mm xx"
    return formatter.string(from: Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000))
}
