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

    private static let epoch = Schema.Property(
        "epoch", .integer(minimum: 1), required: true, "The lease, as leaseJobs gave it.")

    private static let stop: [Schema.Property] = [
        .init("cancel_requested", .boolean, required: true, "Whether to stop working on the job."),
        .init(
            "reason", .string(values: ["canceled", "timed-out"]),
            "Why: then releaseJob ends it as canceled, or as failed; left out while it may go on."),
    ]

    static let registration: Schema = .object([
        .init("name", .string(maximumLength: 100), required: true, "What people call the worker: `resizer-3`."),
        .init(
            "kinds",
            .array(
                of: .object([
                    .init(
                        "name", .string(maximumLength: 63), required: true,
                        "Small letters, digits and hyphens; not the name of a kind that this server runs itself."),
                    .init("summary", .string(maximumLength: 200), "One line for lists."),
                    .init(
                        "band", .string(values: ["interactive", "batch"]),
                        "Whether somebody waits for the result; `batch` unless told."),
                    .init(
                        "max_attempts", .integer(minimum: 1, maximum: 100),
                        "How often a job is tried; 5 unless told. Jobs that are stored keep theirs."),
                    .init(
                        "timeout_ms",
                        .integer(
                            minimum: RegistrationBody.timeouts.lowerBound,
                            maximum: RegistrationBody.timeouts.upperBound),
                        "How long an attempt may take; 600000 unless told."),
                ]), maximumItems: RegistrationBody.maximumKinds), required: true, "What it runs."),
        .init(
            "lease_ms", .integer(minimum: 1_000, maximum: 600_000),
            "How long its jobs stay its own after its last heartbeat; 15000 unless told."),
    ])

    static let leaseRequest: Schema = .object([
        .init("limit", .integer(minimum: 1, maximum: 64), "How many jobs at most; 1 unless told."),
        .init(
            "wait_ms", .integer(minimum: 0, maximum: WorkerEndpoints.longestWait),
            "How long to wait for the first; 0 unless told."),
    ])

    static let progress: Schema = .object([
        epoch,
        .init("percent", .number(minimum: 0, maximum: 100), required: true, "What is shown never goes back."),
        .init("stage", .string(maximumLength: 100), "The stage under way; the one before unless told."),
        .init("operation", .string(maximumLength: 200), "What is happening, for people."),
    ])

    static let log: Schema = .object([
        epoch,
        .init(
            "lines",
            .array(
                of: .object([
                    .init(
                        "level", .string(values: ["debug", "info", "warning", "error"]), required: true,
                        "How much it matters."),
                    .init("message", .string(), required: true, "The line."),
                    .init("fields", .any, "More about it: an object of strings."),
                ]), maximumItems: 500), required: true, "In order."),
    ])

    static let completion: Schema = .object([
        epoch, .init("result", .any, "An object; an empty one unless told."),
    ])

    static let failure: Schema = .object([
        epoch,
        .init("code", .string(maximumLength: 63), required: true, "A stable word for programs: `bad-image`."),
        .init("message", .string(), required: true, "What failed and what to do next, without secrets."),
        .init("retryable", .boolean, required: true, "Whether another attempt may succeed."),
        .init(
            "retry_after_ms", .integer(minimum: 0, maximum: 86_400_000),
            "Not to be tried sooner, as when a provider sent Retry-After."),
    ])

    static let release: Schema = .object([epoch])

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
