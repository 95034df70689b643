import Model
import Synchronization

/// The sessions that one process remembers, in shards so that threads seldom wait for each other.
///
/// A fill takes a ticket before it reads anything, and is dropped if anything at all ended since: that is exact, and costs a
/// second read now and then.
final class LocalSessions: Sendable {
    private struct Entry {
        let session: Authenticated
        let expires: ContinuousClock.Instant
    }

    private final class Shard: Sendable {
        let known = Mutex<[SessionKey: Entry]>([:])
        let unknown = Mutex<[SessionKey: ContinuousClock.Instant]>([:])
    }

    /// What was found.
    enum Finding: Sendable {
        case live(Authenticated)
        case none
        /// Nothing is known: ask further.
        case missing
    }

    private let shards: [Shard]
    private let generation = Atomic<UInt64>(0)
    private let shardCapacity: Int

    init(capacity: Int, shards count: Int = 16) {
        shards = (0..<count).map { _ in Shard() }
        shardCapacity = max(1, capacity / count)
    }

    /// The state of things before a fill.
    var ticket: UInt64 { generation.load(ordering: .sequentiallyConsistent) }

    func find(_ key: SessionKey, at now: ContinuousClock.Instant) -> Finding {
        let shard = shard(of: key)
        if let entry = shard.known.withLock({ $0[key] }), entry.expires > now {
            return .live(entry.session)
        }
        if let expires = shard.unknown.withLock({ $0[key] }), expires > now { return .none }
        return .missing
    }

    /// Remembers a session, unless something ended since the ticket was taken; tells whether it does.
    func store(
        _ session: Authenticated, _ key: SessionKey, until expires: ContinuousClock.Instant, ticket: UInt64,
        now: ContinuousClock.Instant
    ) -> Bool {
        shard(of: key).known.withLock { entries in
            guard self.ticket == ticket else { return false }
            if entries.count >= shardCapacity, entries[key] == nil {
                entries = entries.filter { $0.value.expires > now }
                // Still full: an eighth goes, whichever the dictionary holds first.
                if entries.count >= shardCapacity {
                    for key in Array(entries.keys.prefix(max(1, shardCapacity / 8))) { entries[key] = nil }
                }
            }
            entries[key] = Entry(session: session, expires: expires)
            return true
        }
    }

    /// Remembers that a token is no session's. Apart from the sessions, so that a flood of guesses displaces none.
    func storeUnknown(_ key: SessionKey, until expires: ContinuousClock.Instant, now: ContinuousClock.Instant) {
        shard(of: key).unknown.withLock { entries in
            if entries.count >= max(64, shardCapacity / 8) {
                entries = entries.filter { $0.value > now }
                if entries.count >= max(64, shardCapacity / 8) { entries = [:] }
            }
            entries[key] = expires
        }
    }

    /// Forgets these; fills under way are dropped.
    func remove(_ keys: some Sequence<SessionKey>) {
        generation.add(1, ordering: .sequentiallyConsistent)
        for key in keys {
            shard(of: key).known.withLock { _ = $0.removeValue(forKey: key) }
        }
    }

    /// Forgets everything; fills under way are dropped.
    func removeAll() {
        generation.add(1, ordering: .sequentiallyConsistent)
        for shard in shards {
            shard.known.withLock { $0 = [:] }
            shard.unknown.withLock { $0 = [:] }
        }
    }

    private func shard(of key: SessionKey) -> Shard {
        shards[Int(UInt(bitPattern: key.hashValue) % UInt(shards.count))]
    }
}
