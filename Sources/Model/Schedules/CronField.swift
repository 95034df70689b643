/// One of the five fields of a cron expression, in the order in which they are written.
public enum CronField: Int, CaseIterable, Hashable, Sendable {
    /// Minute of the hour.
    case minute
    /// Hour of the day.
    case hour
    /// Day of the month.
    case day
    /// Month of the year.
    case month
    /// Day of the week; 0 and 7 are Sunday.
    case weekday

    /// The word people use for it.
    public var name: String {
        switch self {
        case .minute: "minute"
        case .hour: "hour"
        case .day: "day of month"
        case .month: "month"
        case .weekday: "weekday"
        }
    }

    /// Where it stands: `1st`, `2nd` …
    var ordinal: String { ["1st", "2nd", "3rd", "4th", "5th"][rawValue] }

    /// Numbers that may be written.
    var range: ClosedRange<Int> {
        switch self {
        case .minute: 0...59
        case .hour: 0...23
        case .day: 1...31
        case .month: 1...12
        case .weekday: 0...7
        }
    }

    /// What `*` stands for: the range without the second number for Sunday.
    var everyValue: ClosedRange<Int> { self == .weekday ? 0...6 : range }

    /// Words that may stand for numbers, the first for the smallest number.
    var names: [String] {
        switch self {
        case .month: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
        case .weekday: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
        default: []
        }
    }

    /// What may be written, for error messages.
    var allowed: String {
        switch self {
        case .minute: "0-59, * for every minute, ranges (0-30), steps (*/15) and lists of them (0,20,40)"
        case .hour: "0-23, * for every hour, ranges (9-17), steps (*/2) and lists of them (8,12,18)"
        case .day: "1-31, * for every day, ranges (1-7), steps (*/10) and lists of them (1,15)"
        case .month: "1-12 or JAN-DEC, * for every month, ranges (JUN-AUG), steps (*/3) and lists of them (1,7)"
        case .weekday:
            "0-7 (0 and 7 are Sunday) or SUN-SAT, * for every weekday, ranges (MON-FRI) and lists of them (TUE,THU)"
        }
    }
}
