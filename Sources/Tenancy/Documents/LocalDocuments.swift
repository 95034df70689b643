import Model
import Synchronization

/// The documents that one process remembers, and the least version of those that changed lately.
///
/// A read that began before a change may end after it; what it brings has a version below the least one, and is not kept.
final class LocalDocuments: Sendable {
    private struct Entry {
        var document: Document?
        var least: Int64
        var expires: ContinuousClock.Instant
        var size: Int { (document?.content.text.utf8.count ?? 0) + 200 }
    }

    private struct State {
        var entries: [DocumentKey: Entry] = [:]
        var size = 0
        var generation: UInt64 = 0
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: ByteCount) {
        self.capacity = Int(capacity.bytes)
    }

    /// The state of things before a read.
    var ticket: UInt64 { state.withLock { $0.generation } }

    func find(_ key: DocumentKey, at now: ContinuousClock.Instant) -> Document? {
        state.withLock { state in
            guard let entry = state.entries[key], entry.expires > now else { return nil }
            return entry.document
        }
    }

    /// Keeps what a read brought, unless it is older than a change that this process knows of; tells whether it did.
    func store(
        _ document: Document, _ key: DocumentKey, until expires: ContinuousClock.Instant, ticket: UInt64,
        now: ContinuousClock.Instant
    ) -> Bool {
        state.withLock { state in
            let known = state.entries[key].flatMap { $0.expires > now ? $0 : nil }
            guard state.generation == ticket, document.version >= known?.least ?? 0 else { return false }
            put(Entry(document: document, least: document.version, expires: expires), key, &state, now)
            return true
        }
    }

    /// Notes that a document has changed, to this if it is known.
    func change(
        _ key: DocumentKey, version: Int64, to document: Document?, until expires: ContinuousClock.Instant,
        now: ContinuousClock.Instant
    ) {
        state.withLock { state in
            if let known = state.entries[key], known.expires > now, known.least > version { return }
            // The word of a change that came with the document must not take it away again.
            if document == nil, let known = state.entries[key]?.document, known.version == version { return }
            put(Entry(document: document, least: version, expires: expires), key, &state, now)
        }
    }

    /// Forgets everything; reads under way are not kept.
    func removeAll() {
        state.withLock { state in
            state.entries = [:]
            state.size = 0
            state.generation += 1
        }
    }

    private func put(_ entry: Entry, _ key: DocumentKey, _ state: inout State, _ now: ContinuousClock.Instant) {
        state.size += entry.size - (state.entries[key]?.size ?? 0)
        state.entries[key] = entry
        guard state.size > capacity else { return }
        state.entries = state.entries.filter { $0.value.expires > now }
        state.size = state.entries.values.reduce(0) { $0 + $1.size }
        // Still full: everything goes, with the least versions, and so reads under way are not kept.
        if state.size > capacity {
            state.entries = [:]
            state.size = 0
            state.generation += 1
        }
    }
}
