import Foundation
import Model
import Testing

@Suite("ticks of cron expressions (A3, engine case 26)")
struct CronTickTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var expression: String
        var zone: String
        var after: String
        var ticks: [String]

        init(_ expression: String, _ zone: String, after: String, _ ticks: String...) {
            self.expression = expression
            self.zone = zone
            self.after = after
            self.ticks = ticks
        }

        var testDescription: String { "\(expression) in \(zone) after \(after)" }

        func check() throws {
            let zone = try #require(TimeZone(identifier: zone))
            let expression = try CronExpression(parsing: expression)
            let found = ModelTests.ticks(
                of: expression, after: try #require(Timestamp(after)), in: zone, count: ticks.count)
            #expect(found.map { formatted($0, in: zone) } == ticks)
        }
    }

    @Test(
        "calendar rules",
        arguments: [
            Case(
                "0 0 31 * *", "Asia/Tokyo", after: "2026-01-31T00:00:00Z",
                "2026-03-31 00:00 +0900", "2026-05-31 00:00 +0900", "2026-07-31 00:00 +0900"),
            Case(
                "0 12 29 2 *", "UTC", after: "2023-01-01T00:00:00Z",
                "2024-02-29 12:00 +0000", "2028-02-29 12:00 +0000"),
            // 2100 is no leap year.
            Case("0 12 29 2 *", "UTC", after: "2097-01-01T00:00:00Z", "2104-02-29 12:00 +0000"),
            // A 29 February that is a Sunday: both fields count, because weekday begins with `*`.
            Case(
                "0 0 29 2 */7", "UTC", after: "2024-01-01T00:00:00Z",
                "2032-02-29 00:00 +0000", "2060-02-29 00:00 +0000"),
            // Day and weekday both restricted: either.
            Case(
                "0 0 13 * FRI", "UTC", after: "2026-02-10T00:00:00Z",
                "2026-02-13 00:00 +0000", "2026-02-20 00:00 +0000", "2026-02-27 00:00 +0000", "2026-03-06 00:00 +0000",
                "2026-03-13 00:00 +0000"),
            // Every second day, if it is a Monday: day begins with `*`, so both.
            Case(
                "0 9 */2 * MON", "UTC", after: "2026-02-01T00:00:00Z",
                "2026-02-09 09:00 +0000", "2026-02-23 09:00 +0000", "2026-03-09 09:00 +0000"),
            Case("59 23 31 12 *", "Asia/Tokyo", after: "2026-12-31T14:59:00Z", "2027-12-31 23:59 +0900"),
            // A tick is later than the moment, even by less than a second.
            Case("0 0 * * *", "UTC", after: "2025-12-31T23:59:59.999Z", "2026-01-01 00:00 +0000"),
            Case("0 0 * * *", "UTC", after: "2026-01-01T00:00:00.000Z", "2026-01-02 00:00 +0000"),
            Case(
                "*/20 22-23 28-31 FEB *", "UTC", after: "2023-02-28T22:30:00Z",
                "2023-02-28 22:40 +0000", "2023-02-28 23:00 +0000", "2023-02-28 23:20 +0000", "2023-02-28 23:40 +0000",
                "2024-02-28 22:00 +0000"),
            // Before 1970.
            Case("0 0 1 1 *", "UTC", after: "1899-06-01T00:00:00Z", "1900-01-01 00:00 +0000"),
        ])
    func calendar(example: Case) throws { try example.check() }

    @Test(
        "clocks set forward",
        arguments: [
            // 2:00 to 3:00 is left out on 8 March. A fixed time runs at the end of the gap, once.
            Case(
                "30 2 * * *", "America/New_York", after: "2026-03-07T00:00:00Z",
                "2026-03-07 02:30 -0500", "2026-03-08 03:00 -0400", "2026-03-09 02:30 -0400"),
            Case(
                "0,30 2,3 * * *", "America/New_York", after: "2026-03-08T05:00:00Z",
                "2026-03-08 03:00 -0400", "2026-03-08 03:30 -0400", "2026-03-09 02:00 -0400"),
            // A rhythm goes on as if nothing had happened.
            Case(
                "*/30 * * * *", "America/New_York", after: "2026-03-08T06:20:00Z",
                "2026-03-08 01:30 -0500", "2026-03-08 03:00 -0400", "2026-03-08 03:30 -0400"),
            Case(
                "*/20 2 * * *", "America/New_York", after: "2026-03-07T07:30:00Z",
                "2026-03-07 02:40 -0500", "2026-03-09 02:00 -0400"),
            Case(
                "0 */2 * * *", "Europe/Berlin", after: "2026-03-28T22:30:00Z",
                "2026-03-29 00:00 +0100", "2026-03-29 04:00 +0200"),
            Case(
                "15 2 29 3 *", "Europe/Berlin", after: "2026-01-01T00:00:00Z",
                "2026-03-29 03:00 +0200", "2027-03-29 02:15 +0200"),
            // Half an hour: 2:00 to 2:30 is left out on 4 October.
            Case(
                "15 2 * * *", "Australia/Lord_Howe", after: "2026-10-02T20:00:00Z",
                "2026-10-04 02:30 +1100", "2026-10-05 02:15 +1100"),
            Case(
                "*/15 * * * *", "Australia/Lord_Howe", after: "2026-10-03T15:10:00Z",
                "2026-10-04 01:45 +1030", "2026-10-04 02:30 +1100", "2026-10-04 02:45 +1100"),
            // 30 December 2011 did not happen. A fixed time of that day runs when the next day begins.
            Case(
                "0 9,17 * * *", "Pacific/Apia", after: "2011-12-30T03:30:00Z",
                "2011-12-31 00:00 +1400", "2011-12-31 09:00 +1400", "2011-12-31 17:00 +1400"),
            Case(
                "0 12 30 * *", "Pacific/Apia", after: "2011-12-01T00:00:00Z",
                "2011-12-31 00:00 +1400", "2012-01-30 12:00 +1400"),
            Case(
                "0 */12 * * *", "Pacific/Apia", after: "2011-12-29T21:00:00Z",
                "2011-12-29 12:00 -1000", "2011-12-31 00:00 +1400", "2011-12-31 12:00 +1400"),
            // Midnight itself is left out: 00:00 to 01:00 on 26 April 2024 in Cairo.
            Case(
                "0 0 * * *", "Africa/Cairo", after: "2024-04-25T12:00:00Z",
                "2024-04-26 01:00 +0300", "2024-04-27 00:00 +0300"),
        ])
    func gap(example: Case) throws { try example.check() }

    @Test(
        "clocks set back",
        arguments: [
            // 1:00 to 2:00 is shown twice on 1 November. A fixed time runs the first time only.
            Case(
                "30 1 * * *", "America/New_York", after: "2026-10-31T00:00:00Z",
                "2026-10-31 01:30 -0400", "2026-11-01 01:30 -0400", "2026-11-02 01:30 -0500"),
            // The search may begin anywhere in the repeated hour.
            Case("30 1 * * *", "America/New_York", after: "2026-11-01T06:10:00Z", "2026-11-02 01:30 -0500"),
            Case("0 2 * * *", "America/New_York", after: "2026-11-01T05:59:00Z", "2026-11-01 02:00 -0500"),
            Case(
                "*/30 * * * *", "America/New_York", after: "2026-11-01T04:45:00Z",
                "2026-11-01 01:00 -0400", "2026-11-01 01:30 -0400", "2026-11-01 01:00 -0500", "2026-11-01 01:30 -0500",
                "2026-11-01 02:00 -0500"),
            Case(
                "0 * * * *", "Europe/Berlin", after: "2026-10-24T23:30:00Z",
                "2026-10-25 02:00 +0200", "2026-10-25 02:00 +0100", "2026-10-25 03:00 +0100"),
            // Half an hour: 1:30 to 2:00 is shown twice on 5 April.
            Case(
                "45 1 * * *", "Australia/Lord_Howe", after: "2026-04-04T12:00:00Z",
                "2026-04-05 01:45 +1100", "2026-04-06 01:45 +1030"),
            Case(
                "*/15 1 * * *", "Australia/Lord_Howe", after: "2026-04-04T14:10:00Z",
                "2026-04-05 01:15 +1100", "2026-04-05 01:30 +1100", "2026-04-05 01:45 +1100", "2026-04-05 01:30 +1030",
                "2026-04-05 01:45 +1030", "2026-04-06 01:00 +1030"),
            // Set back across midnight, after one minute of the new day: St John's until 2011.
            Case(
                "30 23 * * *", "America/St_Johns", after: "2010-11-06T12:00:00Z",
                "2010-11-06 23:30 -0230", "2010-11-07 23:30 -0330"),
            Case(
                "*/30 * * * *", "America/St_Johns", after: "2010-11-07T01:45:00Z",
                "2010-11-06 23:30 -0230", "2010-11-07 00:00 -0230", "2010-11-06 23:30 -0330", "2010-11-07 00:00 -0330",
                "2010-11-07 00:30 -0330"),
        ])
    func fold(example: Case) throws { try example.check() }

    @Test(
        "days that never come give no tick, in bounded time",
        arguments: ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "* * 30-31 FEB *", "*/15 2 8-14 3 */7"])
    func never(text: String) throws {
        let zone = try #require(TimeZone(identifier: "America/New_York"))
        #expect(
            try CronExpression(parsing: text).next(after: Timestamp(microseconds: 1_800_000_000_000_000), in: zone)
                == nil)
    }

    @Test("moments at the ends of time neither crash nor repeat", arguments: [Int64.min, Int64.max, -1, 0])
    func extremes(microseconds: Int64) throws {
        for text in ["* * * * *", "0 0 1 1 *", "@every 7s"] {
            let start = Timestamp(microseconds: microseconds)
            let next = try CronExpression(parsing: text).next(after: start, in: .gmt)
            #expect(next.map { $0 > start } ?? true)
        }
    }

    @Test("an interval counts elapsed time from 1970 UTC, through clock changes")
    func interval() throws {
        let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
        let start = try #require(Timestamp("2026-03-28T23:10:00Z"))
        let found = ticks(of: try CronExpression(parsing: "@every 45m"), after: start, in: zone, count: 3)
        #expect(
            found.map { formatted($0, in: zone) } == [
                "2026-03-29 00:15 +0100", "2026-03-29 01:00 +0100", "2026-03-29 01:45 +0100",
            ])
    }
}
