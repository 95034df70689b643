import Foundation
package import Model

/// A month of the calendar, in UTC.
package struct Month: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The year and the month, counted from year 0.
    private let number: Int

    private static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    /// The month in which a moment lies.
    package init(of time: Timestamp) {
        let date = Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
        let parts = Self.calendar.dateComponents([.year, .month], from: date)
        number = (parts.year ?? 1970) * 12 + (parts.month ?? 1) - 1
    }

    private init(number: Int) {
        self.number = number
    }

    /// The month after.
    package var next: Month { .init(number: number + 1) }

    /// Its first moment.
    package var start: Timestamp {
        let date = Self.calendar.date(from: DateComponents(year: number / 12, month: number % 12 + 1))
        return .init(microseconds: Int64((date ?? .distantPast).timeIntervalSince1970) * 1_000_000)
    }

    /// The last moment of a month, or an earlier one. A text that is no month has that moment.
    static func lastMoment(of month: String, upTo moment: Timestamp) -> Timestamp {
        guard let start = Timestamp(month + "-01T00:00:00Z") else { return moment }
        return min(Month(of: start).next.start + .microseconds(-1), moment)
    }

    /// `2026-03`.
    package var description: String {
        "\(number / 12)-\(number % 12 < 9 ? "0" : "")\(number % 12 + 1)"
    }

    /// The table of the audit log that holds it.
    var table: String { "audit_entry_" + description.replacing("-", with: "_") }

    /// This one and those that follow, that many in all.
    func following(_ count: Int) -> [Month] { (0..<max(count, 1)).map { .init(number: number + $0) } }

    /// Compares by time.
    package static func < (left: Month, right: Month) -> Bool { left.number < right.number }
}

extension Timestamp {
    /// The day in UTC: `2026-03-01`.
    var day: String { String(description.prefix(10)) }
}
