/// Decides whether a process still hears what others tell it. A state machine without a clock.
///
/// The process publishes a beat of its own at every interval. When it does not hear its own beats for two intervals, it may
/// have missed that a session ended, so it trusts its own cache no longer; when it hears one again, it starts with an empty
/// cache.
struct BusTrust {
    /// How long without a beat is too long.
    let limit: Duration
    private var heardAt: ContinuousClock.Instant?

    init(interval: Duration) {
        limit = interval * 2
    }

    /// What to do about a beat or a new subscription.
    enum Action: Hashable { case carryOn, startEmpty }

    /// A beat of this process came back.
    mutating func heardBeat(at now: ContinuousClock.Instant) -> Action {
        let wasTrusted = isTrusted(at: now)
        heardAt = now
        return wasTrusted ? .carryOn : .startEmpty
    }

    /// The connection is new: what was said meanwhile is lost.
    mutating func reconnected() -> Action {
        heardAt = nil
        return .startEmpty
    }

    func isTrusted(at now: ContinuousClock.Instant) -> Bool {
        guard let heardAt else { return false }
        return now - heardAt <= limit
    }
}
