import Metrics
import Model
import Storage

/// Names and labels of the engine's metrics; `docs/operations.md` lists them.
enum EngineMetrics {
    static func waited(_ kind: String, _ duration: Duration) {
        Timer(label: "suisha_job_wait_seconds", dimensions: [("kind", kind)]).recordNanoseconds(nanoseconds(duration))
    }

    static func ran(_ kind: String, _ outcome: JobOutcome?, _ duration: Duration) {
        Timer(label: "suisha_job_run_seconds", dimensions: [("kind", kind)]).recordNanoseconds(nanoseconds(duration))
        Counter(
            label: "suisha_job_outcomes_total", dimensions: [("kind", kind), ("outcome", name(of: outcome))]
        ).increment()
        guard let failure = outcome?.failure else { return }
        Counter(
            label: "suisha_job_failures_total", dimensions: [("kind", kind), ("code", failure.code)]
        ).increment()
    }

    static func lost(_ count: Int) {
        Counter(label: "suisha_job_leases_lost_total").increment(by: count)
    }

    static func name(of outcome: JobOutcome?) -> String {
        switch outcome {
        case .succeeded: "succeeded"
        case .retry: "retry"
        case .dead: "dead"
        case .canceled: "canceled"
        case .handedBack: "handed-back"
        case nil: "lost"
        }
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 { duration.microseconds * 1_000 }
}

extension JobOutcome {
    /// Why the attempt failed; nil when it did not.
    var failure: JobFailure? {
        switch self {
        case .retry(let failure, _), .dead(let failure): failure
        case .succeeded, .canceled, .handedBack: nil
        }
    }
}
