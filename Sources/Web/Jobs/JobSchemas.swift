import Endpoints
import Model
import Storage

/// The schemas of what the generic operations answer, by the names that endpoints use.
enum JobSchemas {
    static let all: [String: Schema] = [
        "JobSummary": .object(summary),
        "JobDetail": .object(summary + detail),
        "JobPage": page(of: "JobSummary"),
        "JobState": state,
        "Progress": progress,
        "Failure": failure,
        "Step": step,
        "Artifact": artifact,
        "ArtifactPage": page(of: "Artifact"),
        "LogEntry": logEntry,
        "JobEvent": event,
        "EventPage": page(of: "JobEvent"),
        "LogPage": page(of: "LogEntry"),
        "Batch": batch,
        "JobOutcomes": outcomes,
        "Kind": kind,
        "Readiness": readiness,
    ]

    private static let time: Schema = .string(format: "date-time")
    private static let state: Schema = .string(values: JobState.allCases.map(\.rawValue))

    static func page(of name: String) -> Schema {
        .object([
            .init("items", .array(of: .named(name)), required: true, "The items of this page."),
            .init("next", .string(), "Pass it as `after` to get the next page; left out on the last one."),
        ])
    }

    /// What every view of a job has in common.
    private static let core: [Schema.Property] = [
        .init("id", .string(), required: true, "`job_` and 32 hexadecimal digits."),
        .init("kind", .string(), required: true, "The kind of work."),
        .init("state", .named("JobState"), required: true, "Where it stands; the last four are final."),
        .init("priority", .integer(), required: true, "Higher runs first, within a workspace."),
        .init("progress", .named("Progress"), "How far it is; left out before the first report."),
        .init("error", .named("Failure"), "Why the last attempt failed."),
        .init("attempt", .integer(minimum: 0), required: true, "How many attempts were begun."),
        .init("max_attempts", .integer(minimum: 1), required: true, "How many attempts it has."),
        .init("cancel_requested", .boolean, required: true, "Whether its worker was asked to stop."),
        .init("batch", .string(), "The batch that it came with."),
        .init("position", .integer(minimum: 0), required: true, "The position of the newest entry of its journal."),
        .init("request_id", .string(), "The request that submitted it."),
        .init("created_at", time, required: true, "When it was stored."),
        .init("run_at", time, required: true, "When it may run at the earliest."),
        .init("started_at", time, "When the newest attempt began."),
        .init("finished_at", time, "When it ended."),
    ]

    private static let event: Schema = .object([
        .init("position", .integer(minimum: 1), required: true, "Its place in the journal, which has no gaps."),
        .init("epoch", .integer(minimum: 0), required: true, "The run of the job under which it happened."),
        .init(
            "type", .string(values: ["job:progress", "job:complete", "job:error", "job:log"]), required: true,
            "What happened."),
        .init("data", .any, required: true, "More about it, as docs/live.md has it."),
        .init("at", time, required: true, "When it happened."),
    ])

    private static let summary: [Schema.Property] =
        core + [.init("url", .string(format: "uri-reference"), required: true, "Where to read more.")]

    private static let detail: [Schema.Property] = [
        .init("input", .any, required: true, "Its input, defaults filled in."),
        .init("result", .any, "Its result, once it succeeded."),
        .init("caps", .array(of: .string()), "The caps that it counts against, by name."),
        .init("needs", .array(of: .string()), "The jobs that it still waits for."),
        .init("trace", .string(), "The trace that it belongs to: a W3C `traceparent`."),
        .init("steps", .array(of: .named("Step")), required: true, "The steps that finished, in order."),
        .init("artifacts", .array(of: .named("Artifact")), required: true, "The files that it made, by name."),
        .init(
            "links",
            .object([
                .init("events", .string(format: "uri-reference"), required: true, "Live events."),
                .init("logs", .string(format: "uri-reference"), required: true, "Its log."),
            ]), required: true, "What belongs to it."),
    ]

    private static let progress: Schema = .object([
        .init("stage", .string(), required: true, "The stage under way; listKinds names them in order."),
        .init("percent", .number(minimum: 0, maximum: 100), required: true, "Never goes back."),
        .init("operation", .string(), "What is happening, for people."),
        .init(
            "eta",
            .object([
                .init("low_ms", .integer(minimum: 0), required: true, "Milliseconds at best."),
                .init("high_ms", .integer(minimum: 0), required: true, "Milliseconds at worst."),
            ]), "Remaining time; left out while nothing is known."),
    ])

    private static let failure: Schema = .object([
        .init("code", .string(), required: true, "A stable word for programs."),
        .init("message", .string(), required: true, "What failed and what to do next."),
        .init("retryable", .boolean, required: true, "Whether another attempt may succeed."),
        .init("step", .string(), "The step that failed."),
    ])

    private static let step: Schema = .object([
        .init("name", .string(), required: true, "The name of the step."),
        .init("key", .string(), required: true, "SHA-256 over everything that its result depends on."),
        .init("reused", .boolean, required: true, "Whether a stored result was taken instead of running."),
        .init("epoch", .integer(minimum: 0), required: true, "The lease under which it finished."),
        .init("started_at", time, required: true, "When it began."),
        .init("finished_at", time, required: true, "When its result was stored."),
    ])

    private static let artifact: Schema = .object([
        .init("name", .string(), required: true, "Unique within the job: `video.mp4`."),
        .init("content_type", .string(), required: true, "Its type."),
        .init("size", .integer(minimum: 0), required: true, "Bytes."),
        .init("sha256", .string(), required: true, "Of its content, in hexadecimal."),
        .init("url", .string(format: "uri-reference"), required: true, "Where to download it."),
    ])

    private static let logEntry: Schema = .object([
        .init("position", .integer(minimum: 1), required: true, "Its position in the job's journal."),
        .init("at", time, required: true, "When it was written."),
        .init("level", .string(values: ["debug", "info", "warning", "error"]), required: true, "How much it matters."),
        .init("message", .string(), required: true, "The line."),
        .init("fields", .any, "More about it: an object of strings."),
    ])

    private static let batch: Schema = .object([
        .init("id", .string(), required: true, "`batch_` and 32 hexadecimal digits."),
        .init("kind", .string(), required: true, "The kind of its jobs."),
        .init("size", .integer(minimum: 1), required: true, "How many jobs it has."),
        .init("states", .any, required: true, "How many jobs are in each state: an object of numbers."),
        .init("finished", .boolean, required: true, "Whether every job has ended, well or not."),
        .init("then", .string(), "The job that runs when all have ended."),
        .init("created_at", time, required: true, "When it was stored."),
        .init("url", .string(format: "uri-reference"), required: true, "Where to read it again."),
        .init("jobs", .string(format: "uri-reference"), required: true, "Where its jobs are listed."),
    ])

    private static let outcomes: Schema = .object([
        .init(
            "items",
            .array(
                of: .object([
                    .init("existing", .boolean, required: true, "Whether its key was used before."),
                    .init(
                        "job", .named("JobSummary"), required: true, "The job: the new one, or the first of its key."),
                ])), required: true, "One for each item, in their order.")
    ])

    private static let kind: Schema = .object([
        .init("name", .string(), required: true, "Its name."),
        .init("summary", .string(), required: true, "What it does."),
        .init("stages", .array(of: .string()), required: true, "Its stages in order."),
        .init("takes_files", .boolean, required: true, "Whether an uploaded file can be its input."),
        .init("input", .any, required: true, "The JSON Schema of its input."),
    ])

    private static let readiness: Schema = .object([
        .init("ready", .boolean, required: true, "Whether requests should be sent here."),
        .init(
            "checks",
            .array(
                of: .object([
                    .init("name", .string(), required: true, "What was checked."),
                    .init("ok", .boolean, required: true, "Whether it works."),
                    .init("detail", .string(), required: true, "How it went."),
                ])), required: true, "What was checked."),
    ])
}
