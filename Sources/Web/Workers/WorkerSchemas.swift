import Endpoints
import Engine

/// The schemas of what outside workers send and get.
enum WorkerSchemas {
    /// Those that answers refer to by name.
    static let all: [String: Schema] = [
        "Worker": worker,
        "LeasedJobs": .object([.init("jobs", .array(of: .named("LeasedJob")), required: true, "Best first.")]),
        "LeasedJob": leasedJob,
        "HeldJobs": .object([.init("jobs", .array(of: .named("HeldJob")), required: true, "All of them.")]),
        "HeldJob": heldJob,
        "StopNotice": .object(stop),
        "LogReceipt": .object(
            stop + [.init("kept", .integer(minimum: 0), required: true, "How many of the lines were written.")]),
    ]

    private static let stop: [Schema.Property] = [
        .init("cancel_requested", .boolean, required: true, "Whether to stop working on the job."),
        .init(
            "reason", .string(values: ["canceled", "timed-out"]),
            "Why: then releaseJob ends it as canceled, or as failed; left out while it may go on."),
    ]

    private static let worker: Schema = .object([
        .init("id", .string(), required: true, "`worker_` and 32 hexadecimal digits."),
        .init("lease_ms", .integer(minimum: 1), required: true, "How long the session outlives a heartbeat."),
        .init("heartbeat_ms", .integer(minimum: 1), required: true, "How often to send one."),
    ])

    private static let leasedJob: Schema = .object([
        .init("id", .string(), required: true, "`job_` and 32 hexadecimal digits."),
        .init("kind", .string(), required: true, "The kind of work."),
        .init("input", .any, required: true, "Its input."),
        .init("attempt", .integer(minimum: 1), required: true, "Counted from 1."),
        .init("max_attempts", .integer(minimum: 1), required: true, "How many attempts it has."),
        .init("epoch", .integer(minimum: 1), required: true, "The lease: send it with everything about the job."),
        .init("timeout_ms", .integer(minimum: 0), required: true, "How long this attempt may take."),
        .init("batch", .string(), "The batch that it came with."),
        .init("trace", .string(), "The W3C `traceparent` that it belongs to."),
        .init("request_id", .string(), "The request that submitted it."),
    ])

    private static let heldJob: Schema = .object(
        [
            .init("id", .string(), required: true, "`job_` and 32 hexadecimal digits."),
            .init("epoch", .integer(minimum: 1), required: true, "The lease."),
        ] + stop)
}
