import Endpoints
import Storage

/// The schemas of queues, caps and limits.
enum QueueSchemas {
    static let all: [String: Schema] = [
        "Queue": queue,
        "QueuePage": JobSchemas.page(of: "Queue"),
        "Cap": cap,
        "CapPage": JobSchemas.page(of: "Cap"),
        "Limits": limits,
    ]

    private static let queue: Schema = .object([
        .init("kind", .string(), required: true, "The kind of its jobs."),
        .init(
            "mode", .string(values: QueueMode.allCases.map(\.rawValue)), required: true,
            "`paused` starts no jobs, `draining` takes none."),
        .init("states", .any, required: true, "How many jobs are in each unfinished state: an object of numbers."),
        .init("oldest_waiting", .string(format: "date-time"), "Since when the oldest job that could run waits."),
    ])

    private static let cap: Schema = .object([
        .init("key", .string(), required: true, "Its name."),
        .init("slots", .integer(minimum: 1), required: true, "How many jobs may be ready or running under it."),
        .init("taken", .integer(minimum: 0), required: true, "How many are."),
        .init("waiting", .integer(minimum: 0), required: true, "How many lanes of jobs wait for it."),
        .init("shared", .boolean, required: true, "Whether all workspaces share it."),
    ])

    private static let limits: Schema = .object([
        .init(
            "weight", .integer(minimum: 1, maximum: 1_000), required: true,
            "Its part against other busy workspaces: twice the weight is twice the working time."),
        .init(
            "slots", .nullable(.integer(minimum: 1, maximum: 100_000)),
            "How many of its jobs may be ready or running at once; null for no bound."),
    ])
}
