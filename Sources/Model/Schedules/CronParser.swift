/// Reads the text of a cron expression.
struct CronParser {
    /// Longest text that is looked at.
    private static let longest = 400
    private static let macros: [String: String] = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]
    private static let allowed =
        "five fields (minute, hour, day of month, month, weekday) such as '30 9 * * MON-FRI', one of @hourly, @daily, "
        + "@weekly, @monthly, @yearly, or an interval such as '@every 15m'"

    /// The text without blanks around it; positions in errors count in it.
    let expression: String

    /// The text with one space between its parts.
    var canonical: String { expression.split(whereSeparator: \.isWhitespace).joined(separator: " ") }

    init(_ written: String) {
        let end = written.lastIndex { !$0.isWhitespace }.map(written.index(after:)) ?? written.startIndex
        expression = String(written[..<end].drop(while: \.isWhitespace))
    }

    func rhythm() throws -> CronExpression.Rhythm {
        guard expression.utf8.count <= Self.longest else {
            throw error("it is longer than \(Self.longest) characters", at: expression[...])
        }
        let parts = expression.split(whereSeparator: \.isWhitespace)
        guard let first = parts.first else { throw error("it is empty", at: expression[...]) }
        if first.hasPrefix("@") { return try macro(first, Array(parts.dropFirst())) }
        guard parts.count == CronField.allCases.count else {
            throw error("it has \(parts.count) field\(parts.count == 1 ? "" : "s"), not five\(hint(parts))", at: first)
        }
        return .calendar(try fields(parts))
    }

    private func hint(_ parts: [Substring]) -> String {
        if parts[0].contains("=") { return "; the time zone is a setting of its own" }
        return parts.count == 6 ? "; for seconds use '@every 30s'" : ""
    }

    private func error(_ problem: String, at part: Substring) -> CronSyntaxError {
        CronSyntaxError(problem, allowed: Self.allowed, at: part, in: expression)
    }

    private func macro(_ name: Substring, _ rest: [Substring]) throws -> CronExpression.Rhythm {
        if name.lowercased() == "@every" {
            guard rest.count == 1 else { throw error("@every needs one interval after it", at: name) }
            return .interval(seconds: try interval(rest[0]))
        }
        guard let meaning = Self.macros[name.lowercased()] else {
            throw error("there is no '\(name)'", at: name)
        }
        guard rest.isEmpty else { throw error("nothing may follow '\(name)'", at: rest[0]) }
        return try CronParser(meaning).rhythm()
    }

    /// Whole seconds of `90s`, `15m`, `1h30m`, `2d`.
    private func interval(_ text: Substring) throws -> Int64 {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": CronFields.secondsPerDay]
        let allowed = "whole numbers with d, h, m or s, such as 15m or 1h30m, from 1s to 366d"
        func wrong(_ problem: String) -> CronSyntaxError {
            CronSyntaxError(problem, allowed: allowed, at: text, in: expression)
        }
        var rest = text
        var seconds: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            rest = rest.dropFirst(digits.count)
            // Nine digits of the largest unit are far from an overflow.
            guard digits.count <= 9, let number = Int64(digits), let unit = rest.popFirst(), let factor = units[unit]
            else {
                throw wrong("'\(text)' is no interval")
            }
            seconds += number * factor
        }
        guard (1...366 * CronFields.secondsPerDay).contains(seconds) else {
            throw wrong("the interval '\(text)' is too \(seconds < 1 ? "short" : "long")")
        }
        return seconds
    }

    private func fields(_ parts: [Substring]) throws -> CronFields {
        func values(_ field: CronField) throws -> NumberSet {
            try CronFieldParser(field: field, expression: expression).values(parts[field.rawValue])
        }
        func isOpen(_ field: CronField) -> Bool { parts[field.rawValue].first.map("*?".contains) ?? false }
        return CronFields(
            minutes: try values(.minute), hours: try values(.hour), days: try values(.day), months: try values(.month),
            weekdays: try values(.weekday), needsDayAndWeekday: isOpen(.day) || isOpen(.weekday),
            followsElapsedTime: isOpen(.minute) || isOpen(.hour))
    }
}
