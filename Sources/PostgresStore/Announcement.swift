import Storage

/// How announcements travel in NOTIFY: the sender's id and then keys, with a separator that no key contains.
enum Announcement {
    /// An SQL expression for the channel. Every schema has its own, because a server's databases may hold several stores.
    static let channel = "'suisha_' || md5(coalesce(current_schema(), ''))"
    /// The key that wakes everybody.
    static let everything = "*"
    private static let separator: Character = "\u{1F}"

    /// The keys in as few payloads as the limit in bytes allows.
    static func payloads(_ keys: Set<String>, sender: String, limit: Int) -> [String] {
        var payloads: [String] = []
        var payload = sender
        for key in keys.sorted() {
            if payload.utf8.count + key.utf8.count + 1 > limit {
                payloads.append(payload)
                payload = sender
            }
            payload.append(separator)
            payload.append(key)
        }
        payloads.append(payload)
        return payloads
    }

    /// Hands a payload's keys to those who wait in this process, unless this process sent it.
    static func deliver(_ payload: String, to hub: SignalHub, unlessFrom sender: String) {
        let parts = payload.split(separator: separator).map(String.init)
        guard let first = parts.first, first != sender else { return }
        let keys = parts.dropFirst()
        keys.contains(everything) ? hub.signalAll() : hub.signal(keys)
    }
}

/// How long to wait before the next attempt to connect.
enum Backoff {
    /// Doubles from 50 milliseconds to 5 seconds, of which a random half to the whole.
    static func delay(_ failures: Int) -> Duration {
        let longest = min(5_000, 50 << min(failures - 1, 10))
        return .milliseconds(Int.random(in: longest / 2...longest))
    }
}
