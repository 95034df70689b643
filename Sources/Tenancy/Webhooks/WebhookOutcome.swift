import Model

/// What an attempt means for its delivery and its webhook. Pure.
package enum WebhookOutcome: Hashable, Sendable {
    case delivered(status: Int)
    case again(in: Duration, status: Int?, problem: String)
    /// It was the last attempt: the webhook is turned off.
    case failed(status: Int?, problem: String)
    /// The receiver says that it is gone for good: the webhook is turned off.
    case gone

    /// - Parameters:
    ///   - attempt: which one it was, from 1.
    ///   - answer: the status, or why there is none.
    ///   - chance: from 0 to 1, for the wait.
    package init(attempt: Int, answer: Result<Int, any Error>, chance: Double) {
        let status: Int?
        let problem: String
        switch answer {
        case .success(let code) where (200...299).contains(code):
            self = .delivered(status: code)
            return
        case .success(410):
            self = .gone
            return
        case .success(let code):
            status = code
            problem =
                (300...399).contains(code) ? "The receiver redirects; give the final address." : "It answered \(code)."
        case .failure(let error):
            status = nil
            problem = String("\(error)".prefix(300))
        }
        if let wait = RetrySchedule.wait(after: attempt, chance: chance) {
            self = .again(in: wait, status: status, problem: problem)
        } else {
            self = .failed(status: status, problem: problem)
        }
    }
}
