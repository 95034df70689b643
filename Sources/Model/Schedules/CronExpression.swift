/// When a schedule is due: five fields, a macro, or an interval.
///
/// ```
/// minute  hour  day-of-month  month  weekday
/// 30      9     *             *      MON-FRI
/// ```
///
/// Each field takes numbers, `*` (or `?`), ranges `a-b`, steps `*/n`, `a-b/n` and `a/n` (from `a` to the end), and
/// lists of those with commas. Months and weekdays also take three-letter English names in any case; weekdays 0 and 7
/// are Sunday. `@hourly`, `@daily` (`@midnight`), `@weekly`, `@monthly` and `@yearly` (`@annually`) stand for the usual
/// five fields. `@every 1h30m` is due at every multiple of the interval since 1970 UTC, whatever the clocks show.
///
/// **Days.** When day of month and weekday are both restricted, a day fits if *either* does; if one of them begins with
/// `*`, even as `*/2`, both must fit. This is the rule of Vixie cron.
///
/// **Clock changes.** An expression whose minute and hour both begin with something else than `*` names fixed times of
/// day. A fixed time that the clocks leave out is due once, at the first moment after the gap; several in one gap are
/// due together, once. A fixed time that the clocks show twice is due the first time only. An expression whose minute
/// or hour begins with `*` names a rhythm: it is due whenever the clocks show a named minute, so it keeps its pace
/// through a repeated hour, and neither catches up nor doubles in a gap.
public struct CronExpression: Hashable, Sendable, CustomStringConvertible {
    /// The expression as it was written, with one space between its parts.
    public let text: String
    let rhythm: Rhythm

    /// What the expression comes down to.
    enum Rhythm: Hashable, Sendable {
        case calendar(CronFields)
        case interval(seconds: Int64)
    }

    /// A form for people, and for the database.
    public var description: String { text }

    /// Reads an expression.
    ///
    /// - Throws: `CronSyntaxError` that names the field, the wrong part, where it stands, and what is allowed.
    public init(parsing written: String) throws {
        let parser = CronParser(written)
        rhythm = try parser.rhythm()
        text = parser.canonical
    }
}

extension CronExpression: Codable {
    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(parsing: container.decode(String.self))
        } catch let error as CronSyntaxError {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.message)
        }
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
