package import Endpoints
import Model

/// The schemas of live operations, by the names that endpoints use.
package enum SampleSchemas {
    package static let all: [String: Schema] = [
        "OperationsSample": .object(sample),
        "OperationsSeries": .object(series),
        "OperationsNodes": nodes,
        "OperationsFailure": failure,
        "OperationsShare": share,
    ]

    private static let time: Schema = .string(format: "date-time")

    private static let values: Schema = .object(
        SampleField.all.map { .init($0.name, .number(), $0.meaning) })

    private static func lists(_ fields: [SampleField], _ prefix: String = "") -> Schema {
        .object(fields.map { .init($0.name, .array(of: .nullable(.number())), prefix + $0.meaning) })
    }

    private static let lasts: [Schema.Property] = [
        .init(
            "failures", .array(of: .named("OperationsFailure"), maximumItems: FailureTally.limit), required: true,
            "Attempts that failed in this time, the most frequent first; what is beyond twenty kinds of failures is `other`."
        ),
        .init(
            "workspaces", .array(of: .named("OperationsShare"), maximumItems: 10), required: true,
            "The workspaces that have or want most of the workers, newest numbers."),
    ]

    private static let sample: [Schema.Property] =
        [
            .init("at", time, required: true, "When the stretch began."),
            .init("step_ms", .integer(minimum: 1), required: true, "How long it is, in milliseconds."),
            .init(
                "measured_ms", .integer(minimum: 0), required: true,
                "How much of it was measured, in milliseconds: less where a process stood still."),
            .init("nodes", .integer(minimum: 1), required: true, "How many nodes measured."),
            .init("values", values, required: true, "The numbers; left out is what was not measured."),
        ] + lasts

    private static let series: [Schema.Property] =
        [
            .init("from", time, required: true, "When the first stretch begins."),
            .init("to", time, required: true, "When the last stretch ends."),
            .init("step_ms", .integer(minimum: 1_000), required: true, "How long each stretch is, in milliseconds."),
            .init(
                "resolution", .string(values: Resolution.allCases.map(\.rawValue)), required: true,
                "What the stretches were made of."),
            .init("nodes", .array(of: .string()), required: true, "The nodes that measured, by name."),
            .init(
                "measured_ms", .array(of: .integer(minimum: 0)), required: true,
                "How much of each stretch was measured, in milliseconds: 0 where no process measured."),
            .init(
                "values", lists(SampleField.all), required: true,
                "A list for each field, with a number or null for each stretch: means, rates and percentiles over it."),
            .init(
                "peaks", lists(SampleField.all.filter { $0.peak != nil }, "The most in a second: "), required: true,
                "The same for the greatest value of a second within each stretch; empty where stretches are seconds."),
        ] + lasts

    private static let failure: Schema = .object([
        .init("kind", .string(), required: true, "The kind of the jobs."),
        .init("code", .string(), required: true, "The code of their failures."),
        .init("count", .integer(minimum: 1), required: true, "How many attempts failed so."),
    ])

    private static let share: Schema = .object([
        .init("workspace", WorkspaceID.schema, required: true, "The workspace."),
        .init("running", .integer(minimum: 0), required: true, "Its jobs that workers have."),
        .init("waiting", .integer(minimum: 0), required: true, "Its jobs that could run."),
        .init("weight", .integer(minimum: 1), required: true, "Its part against other busy workspaces."),
        .init(
            "share_percent", .number(minimum: 0, maximum: 100), required: true,
            "What it had of these workspaces' running jobs over the last minute or so, in percent."),
    ])

    private static let nodes: Schema = .object([
        .init(
            "items",
            .array(
                of: .object([
                    .init("name", .string(), required: true, "Its name."),
                    .init("roles", .array(of: .string()), required: true, "What it does: `api`, `worker`."),
                    .init("version", .string(), required: true, "The version of the program."),
                    .init("started_at", time, required: true, "When the process started."),
                    .init("seen_at", time, "Its last sign of life; left out when it took its leave."),
                    .init("alive", .boolean, required: true, "Whether that is less than a minute ago."),
                    .init("this", .boolean, required: true, "Whether it is the one that answers."),
                ])), required: true, "The nodes, by name.")
    ])
}
