/// Counts calls in trailing windows, exactly: in no stretch of time as long as the window are more calls admitted than the
/// bound allows, whoever asks, wherever.
///
/// Cheaper counters of fixed windows and leaky buckets admit up to twice as many around their edges.
package protocol RateWindows: Sendable {
    /// Admits one call under `key`, or refuses it; a refused call does not count.
    ///
    /// - Throws: `unavailable` when the store cannot be reached; whether the call counted is then unknown.
    func admit(_ key: String, within bound: RateBound) async throws(StorageError) -> RateAdmission
}

/// How many calls may come in any stretch of time of one length.
package struct RateBound: Hashable, Sendable {
    /// At least 1.
    package let calls: Int
    /// At least a millisecond.
    package let window: Duration

    package init(calls: Int, window: Duration) {
        precondition(calls >= 1 && window >= .milliseconds(1), "A bound lets something through, in some time.")
        self.calls = calls
        self.window = window
    }
}

/// What became of a call.
package struct RateAdmission: Hashable, Sendable {
    package let isAdmitted: Bool
    /// How many more calls would be admitted now.
    package let remaining: Int
    /// When the next of the counted calls leaves the window: for a refused call, when it would be admitted.
    package let next: Duration

    package init(isAdmitted: Bool, remaining: Int, next: Duration) {
        self.isAdmitted = isAdmitted
        self.remaining = remaining
        self.next = next
    }
}
