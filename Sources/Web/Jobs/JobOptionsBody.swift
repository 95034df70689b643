import Endpoints
import Engine
import Model

/// The members of a submission in JSON that say how the job is to be treated.
struct JobOptionsBody: Decodable, Documented {
    let priority: Priority?
    let delayMilliseconds: Bounded<DelayMilliseconds>?
    let runAt: Timestamp?
    let expiresInMilliseconds: Bounded<LifeMilliseconds>?
    let needs: [JobID]?
    let whenNeedFails: Choice<DependencyPolicy>?
    let caps: [String: Whole<1, 100_000>]?

    static let meanings = [
        "priority": "Higher runs first; 0 unless told.",
        "delay_ms": "Milliseconds before it may run: up to 365 days.",
        "run_at": "When it may run, instead of `delay_ms`; what is past is now.",
        "expires_in_ms": "Milliseconds after which it ends `expired` if no worker has taken it.",
        "needs": "Ids of jobs that must end first; at most 1000.",
        "when_need_fails": "What becomes of it when one of these ends without success: `cancel` unless told.",
        "caps": """
        At most 8 names with their slots, `{"repository:website": 1}`: so many jobs run under one name at once. A bound \
        that was set before stays.
        """,
    ]

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
            var options = JobOptions(
                priority: priority?.value ?? 0, needs: needs ?? [],
                caps: (caps ?? [:]).mapValues(\.value))
            if let whenNeedFails { options.whenNeedFails = whenNeedFails.value }
            switch (delayMilliseconds, runAt) {
            case (nil, nil): break
            case (let delay?, nil): options.start = .after(.milliseconds(delay.value))
            case (nil, let moment?): options.start = .at(moment)
            case (.some, .some):
                throw Problem(.unprocessable, "Give delay_ms or run_at, not both.", field: "run_at")
            }
            options.expiresAfter = expiresInMilliseconds.map { .milliseconds($0.value) }
            return options
        }
    }
}

/// Higher runs first, within a workspace.
typealias Priority = Whole<-100, 100>

/// How long a job may be put off.
enum DelayMilliseconds: WholeBounds {
    static let range = 0...Int(JobOptions.horizon.microseconds / 1_000)
}

/// How long a job may wait for a worker.
enum LifeMilliseconds: WholeBounds {
    static let range = 1...Int(JobOptions.horizon.microseconds / 500)
}
