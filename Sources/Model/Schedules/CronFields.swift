/// The times of day and the days that the five fields of a cron expression name.
struct CronFields: Hashable, Sendable {
    var minutes = NumberSet()
    var hours = NumberSet()
    var days = NumberSet()
    var months = NumberSet()
    var weekdays = NumberSet()
    /// True when day of month or weekday begins with `*`: then both must fit. Otherwise one of them is enough.
    var needsDayAndWeekday = false
    /// True when minute or hour begins with `*`: then the rhythm counts, not the reading of the clock.
    var followsElapsedTime = false

    static let secondsPerDay: Int64 = 86_400

    /// The first day that fits, from the given one up to and without `limit`; both are days since 1970.
    func firstDay(from start: Int64, limit: Int64) -> Int64? {
        var day = start
        while day < limit {
            let date = CivilDate(daysSince1970: day)
            guard months.contains(date.month) else {
                day = date.startOfNextMonth.daysSince1970
                continue
            }
            let fitsDay = days.contains(date.day)
            let fitsWeekday = weekdays.contains(CivilDate.weekday(daysSince1970: day))
            if needsDayAndWeekday ? fitsDay && fitsWeekday : fitsDay || fitsWeekday { return day }
            day += 1
        }
        return nil
    }

    /// The first second of the day, from `second` on, that begins a minute these fields name.
    func firstSecond(from second: Int64) -> Int64? {
        guard second < Self.secondsPerDay else { return nil }
        let minuteOfDay = Int((max(second, 0) + 59) / 60)
        guard let hour = hours.first(from: minuteOfDay / 60) else { return nil }
        if hour == minuteOfDay / 60, let minute = minutes.first(from: minuteOfDay % 60) {
            return Int64(hour * 60 + minute) * 60
        }
        let later = hour == minuteOfDay / 60 ? hours.first(from: hour + 1) : hour
        guard let later, let minute = minutes.first(from: 0) else { return nil }
        return Int64(later * 60 + minute) * 60
    }
}
