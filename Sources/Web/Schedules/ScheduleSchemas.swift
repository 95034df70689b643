import Endpoints

/// The schemas of schedules.
enum ScheduleSchemas {
    static let all: [String: Schema] = [
        "Schedule": .object(schedule),
        "SchedulePage": JobSchemas.page(of: "Schedule"),
        "Tick": tick,
        "TickPage": JobSchemas.page(of: "Tick"),
    ]

    private static let time: Schema = .string(format: "date-time")
    private static let priority: Schema = .integer(minimum: -100, maximum: 100)

    private static let schedule: [Schema.Property] = [
        .init("name", .string(), required: true, "Its name."),
        .init("kind", .string(), required: true, "The kind of its jobs."),
        .init("input", .any, required: true, "The input of each of its jobs, defaults filled in."),
        .init("priority", priority, required: true, "The priority of its jobs."),
        .init("cron", .string(), required: true, "When it is due."),
        .init("time_zone", .string(), required: true, "The zone whose clocks count."),
        .init("missed", .string(), required: true, "What happens to ticks that nobody could fire."),
        .init("paused", .boolean, required: true, "Whether it submits nothing until it is resumed."),
        .init("problem", .string(), "Why the server has paused it."),
        .init("next_at", time, "The next tick; left out when it is paused or never due again."),
        .init("last_at", time, "The newest tick that submitted a job."),
        .init("last_job", .string(), "That job."),
        .init("created_at", time, required: true, "When it was made."),
        .init("updated_at", time, required: true, "When people last changed it."),
        .init("url", .string(format: "uri-reference"), required: true, "Where to read it again."),
    ]

    private static let tick: Schema = .object([
        .init("at", time, required: true, "When it comes."),
        .init("local", .string(), required: true, "What the clocks of the schedule's zone show then."),
    ])
}
