public import Foundation

extension CronExpression {
    /// How far ahead a tick is looked for. The rarest days that come at all, a 29 February on a given weekday, are at
    /// most 40 years apart.
    private static let horizonInDays: Int64 = 50 * 366

    /// The first tick later than `moment`, or nil when none comes, as for 30 February.
    ///
    /// The answer depends on nothing but the arguments, and ticks of an expression are strictly increasing. The search
    /// ends after 50 years. It costs about 5 µs, and up to 0.2 ms when there is none.
    public func next(after moment: Timestamp, in zone: TimeZone) -> Timestamp? {
        let second = moment.microseconds.dividedDown(by: 1_000_000)
        let tick: Int64?
        switch rhythm {
        case .interval(let seconds): tick = (second.dividedDown(by: seconds) + 1) * seconds
        case .calendar(let fields): tick = Self.tick(of: fields, after: second, in: zone)
        }
        guard let tick else { return nil }
        let (microseconds, isTooFar) = tick.multipliedReportingOverflow(by: 1_000_000)
        return isTooFar ? nil : Timestamp(microseconds: microseconds)
    }

    private static func tick(of fields: CronFields, after second: Int64, in zone: TimeZone) -> Int64? {
        let local = second + ZoneStretch.offset(of: zone, at: second)
        // Clocks set back across midnight show the day before once more, so the search begins there.
        let start = local.dividedDown(by: CronFields.secondsPerDay) - 1
        let limit = start + horizonInDays
        var day = fields.firstDay(from: start, limit: limit)
        while let found = day {
            if let tick = fields.tick(onDay: found, after: second, in: zone) {
                // For the same reason the next day may begin before this one has ended.
                guard fields.firstDay(from: found + 1, limit: found + 2) != nil,
                    let other = fields.tick(onDay: found + 1, after: second, in: zone)
                else { return tick }
                return min(tick, other)
            }
            day = fields.firstDay(from: found + 1, limit: limit)
        }
        return nil
    }
}

extension CronFields {
    /// The first tick later than `second` of those that belong to a day of the zone.
    fileprivate func tick(onDay day: Int64, after second: Int64, in zone: TimeZone) -> Int64? {
        let stretches = ZoneStretch.around(day: day, in: zone)
        let midnight = day * Self.secondsPerDay
        return followsElapsedTime
            ? elapsedTick(stretches, midnight: midnight, after: second)
            : fixedTick(stretches, midnight: midnight, after: second)
    }

    /// Each moment at which the clocks show a named minute: none for minutes left out, two for minutes shown twice.
    private func elapsedTick(_ stretches: [ZoneStretch], midnight: Int64, after second: Int64) -> Int64? {
        for stretch in stretches {
            let earliest = max(stretch.start, second + 1) + stretch.offset - midnight
            guard let found = firstSecond(from: earliest) else { continue }
            let tick = midnight + found - stretch.offset
            if tick < stretch.end { return tick }
        }
        return nil
    }

    /// One moment for each named minute: the first that shows it, or the end of the gap that left it out.
    private func fixedTick(_ stretches: [ZoneStretch], midnight: Int64, after second: Int64) -> Int64? {
        var found = firstSecond(from: 0)
        while let time = found {
            let local = midnight + time
            // The first stretch that has not ended when its clocks show the time; it begins later only after a gap.
            if let stretch = stretches.first(where: { local - $0.offset < $0.end }) {
                let tick = max(local - stretch.offset, stretch.start)
                if tick > second { return tick }
            }
            found = firstSecond(from: time + 1)
        }
        return nil
    }
}
