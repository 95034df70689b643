/// Decides whether a process has heard all that was said on the bus. A state machine without a clock.
///
/// Every process numbers what it says. Who hears a number that does not follow the one before has missed something and forgets
/// all it remembers. A process also says something at every interval, and trusts what it remembers only until two intervals
/// after the moment when it *said* the newest of its own messages that came back: one that comes back late proves no more
/// than that everything older arrived, so a bus that lags is trusted no longer than one that is silent.
struct BusTrust {
    /// How old the newest proof may be.
    let limit: Duration
    /// What this process calls itself.
    let name: String
    private var said: UInt64 = 0
    /// When each message was said that has not come back.
    private var underWay: [UInt64: ContinuousClock.Instant] = [:]
    /// When the newest message was said that came back.
    private var provedAt: ContinuousClock.Instant?
    /// The newest number of each process.
    private var newest: [String: UInt64] = [:]

    /// More processes than this are not told apart for long.
    private static let maximumSpeakers = 256

    init(interval: Duration, name: String) {
        limit = interval * 2
        self.name = name
    }

    /// What to do about something that was heard.
    enum Action: Hashable { case carryOn, startEmpty }

    /// The number of the next message.
    mutating func speak(at now: ContinuousClock.Instant) -> UInt64 {
        said += 1
        underWay = underWay.filter { now - $0.value <= limit }
        underWay[said] = now
        return said
    }

    /// A message arrived, from this process or another one.
    mutating func heard(_ number: UInt64, from speaker: String, at now: ContinuousClock.Instant) -> Action {
        if newest.count >= Self.maximumSpeakers, newest[speaker] == nil { newest = [:] }
        let before = newest[speaker] ?? 0
        newest[speaker] = max(before, number)
        let wasTrusted = isTrusted(at: now)
        if speaker == name, let saidAt = underWay.removeValue(forKey: number) {
            provedAt = max(provedAt ?? saidAt, saidAt)
        }
        let isGap = number > before + 1
        return isGap || (speaker == name && !wasTrusted) ? .startEmpty : .carryOn
    }

    /// The connection is new: what was said meanwhile is lost.
    mutating func reconnected() -> Action {
        provedAt = nil
        newest = [:]
        return .startEmpty
    }

    func isTrusted(at now: ContinuousClock.Instant) -> Bool {
        guard let provedAt else { return false }
        return now - provedAt <= limit
    }
}
