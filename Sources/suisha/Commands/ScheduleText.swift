import Model

/// Schedules as text for people.
enum ScheduleText {
    /// A table of schedules.
    static func table(_ schedules: [ScheduleDocument]) -> String {
        TextTable.text(
            head: ["NAME", "KIND", "CRON", "ZONE", "NEXT", "LAST JOB"],
            rows: schedules.map { schedule in
                [
                    schedule.name, schedule.kind, schedule.cron, schedule.timeZone, next(schedule),
                    schedule.lastJob ?? "-",
                ]
            })
    }

    /// Everything about one schedule.
    static func page(_ schedule: ScheduleDocument) -> String {
        var lines = [
            ("schedule", schedule.name), ("kind", schedule.kind), ("input", schedule.input.text),
            ("cron", schedule.cron), ("zone", schedule.timeZone), ("missed", schedule.missed),
            ("priority", "\(schedule.priority)"), ("next", next(schedule)),
        ]
        if let last = schedule.lastAt { lines.append(("last", "\(last) \(schedule.lastJob ?? "")")) }
        if let problem = schedule.problem { lines.append(("problem", problem)) }
        return lines.map { TextWidth.padded($0.0, to: 10) + $0.1 + "\n" }.joined()
    }

    private static func next(_ schedule: ScheduleDocument) -> String {
        schedule.paused ? "paused" : schedule.nextAt?.description ?? "never"
    }
}
