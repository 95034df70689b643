import Synchronization

/// A shared cache inside one process: for several nodes of a test, and as the measure for others.
package final class LocalSharedCache: SharedCache {
    private struct Entry {
        var value: String?
        var stamp: String
        var expires: ContinuousClock.Instant
    }

    private struct Content {
        var entries: [String: Entry] = [:]
        var next = 0
    }

    private let content = Mutex(Content())
    private let capacity: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    /// How long an invalidation is remembered.
    package static let stampLifetime: Duration = .seconds(120)

    /// - Parameter now: the clock; a test moves it.
    package init(capacity: Int = 100_000, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.capacity = capacity
        self.now = now
    }

    package func read(_ key: String) async throws(StorageError) -> SharedEntry {
        let now = now()
        return content.withLock { content in
            guard let entry = content.entries[key], entry.expires > now else { return .init(value: nil, stamp: "") }
            let value = entry.value.map { SharedEntry.Value(text: $0, remaining: entry.expires - now) }
            return .init(value: value, stamp: entry.stamp)
        }
    }

    package func fill(
        _ key: String, with value: String, lasting lifetime: Duration, ifStill stamp: String
    ) async throws(StorageError) -> Bool {
        let now = now()
        return content.withLock { content in
            let current = content.entries[key].flatMap { $0.expires > now ? $0.stamp : nil } ?? ""
            guard current == stamp else { return false }
            makeRoom(in: &content, now)
            content.entries[key] = Entry(value: value, stamp: stamp, expires: now + lifetime)
            return true
        }
    }

    package func invalidate(_ keys: [String]) async throws(StorageError) {
        let now = now()
        content.withLock { content in
            for key in keys {
                makeRoom(in: &content, now)
                content.next += 1
                content.entries[key] = Entry(value: nil, stamp: "\(content.next)", expires: now + Self.stampLifetime)
            }
        }
    }

    private func makeRoom(in content: inout Content, _ now: ContinuousClock.Instant) {
        guard content.entries.count >= capacity else { return }
        content.entries = content.entries.filter { $0.value.expires > now }
        // Values give way before stamps, because only these are needed.
        for key in content.entries.filter({ $0.value.value != nil }).keys.prefix(capacity / 8) {
            content.entries[key] = nil
        }
    }
}
