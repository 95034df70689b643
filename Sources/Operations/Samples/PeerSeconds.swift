import Model
import Storage
import Synchronization

/// The newest seconds of the other nodes, while somebody follows live through this one. Read once for all who follow.
final class PeerSeconds: Sendable {
    private struct State {
        var seconds: [Timestamp: [String: Rollup]] = [:]
        var names: Set<String> = []
        var looksAt: ContinuousClock.Instant?
    }

    /// How late the seconds of several nodes are shown together: until then those of all are stored.
    static let delay: Duration = .seconds(4)
    /// How far back they are read.
    private static let depth: Duration = .seconds(10)
    /// How many rows of them are read at most: enough for two hundred nodes.
    private static let maximumRows = 2_000

    private let state = Mutex(State())

    /// The other nodes that are alive.
    var names: Set<String> {
        get { state.withLock { $0.names } }
        set { state.withLock { $0.names = newValue } }
    }

    /// Whether it is time to look who is there; the next time is then five seconds away.
    func shallLook(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            if let time = state.looksAt, now < time { return false }
            state.looksAt = now + .seconds(5)
            return true
        }
    }

    /// What they measured in the second that began then.
    func rollups(at second: Timestamp) -> [String: Rollup] { state.withLock { $0.seconds[second] ?? [:] } }

    /// The seconds after a moment that somebody measured, in order.
    func seconds(after moment: Timestamp) -> [Timestamp] {
        state.withLock { $0.seconds.keys.filter { $0 > moment } }.sorted()
    }

    /// Reads the newest seconds of all that are there.
    func read(from rollups: RollupStore, besides own: String?, at now: Timestamp) async throws(StorageError) {
        guard !names.isEmpty else { return state.withLock { $0.seconds = [:] } }
        let entries = try await rollups.entries(
            .seconds, from: now + (.zero - Self.depth), to: now + .seconds(60), limit: Self.maximumRows
        ).entries
        var seconds: [Timestamp: [String: Rollup]] = [:]
        for entry in entries where entry.node != own { seconds[entry.at, default: [:]][entry.node] = entry.rollup }
        state.withLock { [seconds] in $0.seconds = seconds }
    }
}
