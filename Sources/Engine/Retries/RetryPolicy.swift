package import Model

/// When a failed job runs again: exponential backoff with full jitter.
///
/// Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. The delay is drawn evenly from zero to the backoff,
/// which spreads jobs that failed together best.
package struct RetryPolicy: Hashable, Sendable {
    /// The bound of the first delay.
    package var base: Duration
    /// The bound of every later delay.
    package var cap: Duration

    package init(base: Duration = .seconds(2), cap: Duration = .seconds(600)) {
        self.base = base
        self.cap = cap
    }

    /// The delay after the given attempt, counted from 1. Never shorter than what the other side asked for.
    package func delay(
        afterAttempt attempt: Int, retryAfter: Duration? = nil, using random: inout some RandomNumberGenerator
    ) -> Duration {
        let doublings = min(max(attempt - 1, 0), 30)
        let backoff = min(base.microseconds << Int64(doublings), cap.microseconds)
        let jittered = Duration.microseconds(Int64.random(in: 0...max(backoff, 0), using: &random))
        guard let retryAfter else { return jittered }
        return retryAfter + jittered
    }
}

/// A failure that says itself when to try again, for example because a provider sent `Retry-After`.
package struct RetryLater: Error, Sendable {
    package let failure: JobFailure
    package let after: Duration

    package init(_ failure: JobFailure, after: Duration) {
        self.failure = failure
        self.after = after
    }
}
