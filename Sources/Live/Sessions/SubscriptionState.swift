/// Where one reader of one stream is.
struct SubscriptionState {
    enum Phase: Hashable {
        /// Its answer is not on its way yet.
        case waiting
        case following
        case ended
    }

    enum Step: Hashable {
        /// Offer what comes after ``seq``.
        case read
        /// Nothing, until the stream has more or the reader has room.
        case rest
        /// Tell the reader that it has missed something, and end.
        case resync
    }

    private(set) var phase: Phase = .waiting
    /// The number of the last event that the reader was given.
    private(set) var seq: Int64 = 0
    /// The last report of progress that it was given.
    private(set) var tick = 0

    /// The answer with this position is on its way: events follow it.
    mutating func begin(after seq: Int64) -> Step {
        guard phase == .waiting else { return .rest }
        phase = .following
        self.seq = seq
        return .read
    }

    /// Something is there to read, or there is room again.
    func woken() -> Step { phase == .following ? .read : .rest }

    /// Whether events whose first has this number are just what comes next.
    func continues(at number: Int64) -> Bool { phase == .following && number == seq + 1 }

    /// Of so many events that come next, so many went out.
    mutating func offered(_ count: Int, taken: Int) -> Step {
        guard phase == .following else { return .rest }
        seq += Int64(taken)
        return taken == count ? .read : .rest
    }

    mutating func offered(tick number: Int) {
        if phase == .following { tick = max(tick, number) }
    }

    /// What comes next is not kept any more, or there will be nothing more.
    mutating func lost() -> Step {
        guard phase != .ended else { return .rest }
        defer { phase = .ended }
        return phase == .following ? .resync : .rest
    }

    mutating func end() { phase = .ended }
}
