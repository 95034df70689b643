/// What becomes of one batch of spans: sent again after what may pass, with full jitter, and given up after so many attempts.
struct Delivery {
    enum Outcome {
        case answered(status: Int, retryAfter: String?)
        case unreachable
    }

    enum Action: Equatable {
        case taken
        case retry(after: Duration)
        /// It will never be taken.
        case refused
        /// It might be, but newer spans wait.
        case givenUp
    }

    static let attempts = 6
    private static let base: Duration = .milliseconds(500)
    private static let longestPause: Duration = .seconds(30)
    /// The longest time that a collector may ask for.
    private static let longestWish: Duration = .seconds(300)

    private var failures = 0

    /// - Parameter jitter: a random number from 0 to 1.
    mutating func next(after outcome: Outcome, jitter: Double) -> Action {
        var wish: Duration = .zero
        if case .answered(let status, let retryAfter) = outcome {
            if (200..<300).contains(status) { return .taken }
            // Those that OTLP names; any other refusal would be repeated.
            guard [429, 502, 503, 504].contains(status) else { return .refused }
            wish = retryAfter.flatMap { Int64($0) }.map { min(.seconds(max($0, 0)), Self.longestWish) } ?? .zero
        }
        failures += 1
        guard failures < Self.attempts else { return .givenUp }
        let pause = min(Self.base * (1 << failures), Self.longestPause)
        return .retry(after: wish + pause * jitter)
    }
}
