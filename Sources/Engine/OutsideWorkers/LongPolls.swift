import Endpoints
import Model
import Synchronization

/// Counts the requests that wait for jobs, so that they do not take every connection.
final class LongPolls: Sendable {
    private let total: Int
    private let perWorkspace: Int
    private let waiting = Mutex<[WorkspaceID: Int]>([:])

    init(total: Int = 256, perWorkspace: Int = 128) {
        self.total = total
        self.perWorkspace = perWorkspace
    }

    /// How many there are.
    var count: Int { waiting.withLock { $0.values.reduce(0, +) } }

    /// Runs `body`, which waits, as one of them.
    ///
    /// - Throws: `Problem` when too many wait already; whatever `body` throws.
    func wait<Value>(in workspace: WorkspaceID, _ body: () async throws -> Value) async throws -> Value {
        let isAdmitted = waiting.withLock { waiting in
            let count = waiting[workspace, default: 0]
            guard count < perWorkspace, waiting.values.reduce(0, +) < total else { return false }
            waiting[workspace] = count + 1
            return true
        }
        guard isAdmitted else {
            throw Problem(
                .unavailable,
                "Too many workers wait for jobs here: \(perWorkspace) of one workspace and \(total) in all is the most. "
                    + "Ask again soon, or with wait_ms 0.", retryAfter: .seconds(2))
        }
        defer {
            waiting.withLock { waiting in
                let left = (waiting[workspace] ?? 1) - 1
                waiting[workspace] = left > 0 ? left : nil
            }
        }
        return try await body()
    }
}
