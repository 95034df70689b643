import Endpoints
import Engine
import Model

/// The members of a submission in JSON that say how the job is to be treated.
struct JobOptionsBody: Decodable {
    let priority: Int?
    let delayMilliseconds: Int64?
    let runAt: Timestamp?
    let expiresInMilliseconds: Int64?
    let needs: [JobID]?
    let whenNeedFails: String?
    let caps: [String: Int]?

    private enum CodingKeys: String, CodingKey {
        case priority, needs, caps
        case delayMilliseconds = "delay_ms"
        case runAt = "run_at"
        case expiresInMilliseconds = "expires_in_ms"
        case whenNeedFails = "when_need_fails"
    }

    /// - Throws: `Problem` when two members contradict each other.
    var options: JobOptions {
        get throws {
            var options = JobOptions(priority: priority ?? 0, needs: needs ?? [], caps: caps ?? [:])
            if let whenNeedFails {
                guard let policy = DependencyPolicy(rawValue: whenNeedFails) else {
                    let known = DependencyPolicy.allCases.map(\.rawValue).joined(separator: " or ")
                    throw Problem(.unprocessable, "when_need_fails must be \(known).", field: "when_need_fails")
                }
                options.whenNeedFails = policy
            }
            switch (delayMilliseconds, runAt) {
            case (nil, nil): break
            case (let delay?, nil): options.start = .after(Self.duration(delay))
            case (nil, let moment?): options.start = .at(moment)
            case (.some, .some):
                throw Problem(.unprocessable, "Give delay_ms or run_at, not both.", field: "run_at")
            }
            options.expiresAfter = expiresInMilliseconds.map(Self.duration)
            return options
        }
    }

    /// Far beyond every bound, and still no overflow in microseconds.
    private static func duration(_ milliseconds: Int64) -> Duration {
        .milliseconds(min(max(milliseconds, -1_000_000_000_000), 1_000_000_000_000))
    }

    /// For the reference.
    static let schema: [Schema.Property] = [
        .init("priority", .integer(minimum: -100, maximum: 100), "Higher runs first; 0 unless told."),
        .init(
            "delay_ms", .integer(minimum: 0, maximum: 31_536_000_000), "Milliseconds before it may run: up to 365 days."
        ),
        .init("run_at", .string(format: "date-time"), "When it may run, instead of `delay_ms`; what is past is now."),
        .init(
            "expires_in_ms", .integer(minimum: 1, maximum: 63_072_000_000),
            "Milliseconds after which it ends `expired` if no worker has taken it."),
        .init(
            "needs", .array(of: .string(), maximumItems: JobOptions.maximumNeeds), "Ids of jobs that must end first."),
        .init(
            "when_need_fails", .string(values: DependencyPolicy.allCases.map(\.rawValue)),
            "What becomes of it when one of these ends without success: `cancel` unless told."),
        .init(
            "caps", .any,
            "At most 8 names with their slots, `{\"repository:website\": 1}`: so many jobs run under one name at once. A bound that was set before stays."
        ),
    ]
}
