import Endpoints
import Model
import Synchronization

/// Lets one check of each log run at a time in this process: a check reads the whole log.
final class AuditChecks: Sendable {
    private let running = Mutex<Set<WorkspaceID>>([])

    /// - Throws: `Problem` 429 while another one of the same log runs.
    func alone<Value>(in workspace: WorkspaceID, _ body: () async throws -> Value) async throws -> Value {
        guard running.withLock({ $0.insert(workspace).inserted }) else {
            throw Problem(
                .tooMany, "The log is being checked already; try again when that has ended.", retryAfter: .seconds(10))
        }
        defer { running.withLock { _ = $0.remove(workspace) } }
        return try await body()
    }
}
