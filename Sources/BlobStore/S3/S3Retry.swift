/// When to try a call again: up to four attempts, with a random wait that doubles at most, while the budget lasts.
struct S3Retry: Equatable {
    private(set) var attempt: Int = 1

    /// Attempts in all.
    static let maximumAttempts: Int = 4
    /// No attempt starts after this.
    static let budget: Duration = .seconds(60)
    private static let firstWait: Duration = .milliseconds(200)
    private static let longestWait: Duration = .seconds(5)

    /// What to do after a failure.
    enum Action: Equatable {
        case wait(Duration)
        case giveUp
    }

    /// Decides after a failed attempt.
    ///
    /// - Parameters:
    ///   - retryable: whether another attempt may succeed and cannot do harm.
    ///   - asked: how long the server wants us to wait.
    ///   - elapsed: since the first attempt began.
    ///   - random: between 0 and 1; full jitter, so that clients do not come back together.
    mutating func handleFailure(retryable: Bool, asked: Duration?, elapsed: Duration, random: Double) -> Action {
        guard retryable, attempt < Self.maximumAttempts else { return .giveUp }
        let ceiling = min(Self.firstWait * (1 << (attempt - 1)), Self.longestWait)
        let wait = max(ceiling * random, asked ?? .zero)
        guard elapsed + wait < Self.budget else { return .giveUp }
        attempt += 1
        return .wait(wait)
    }
}
