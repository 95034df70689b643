package import Logging
import Metrics
package import Model
package import Storage
import Synchronization

/// Takes what was refused, and writes it to the logs in batches, by one writer for the whole process.
///
/// A change is written into the log by its own transaction, so that neither is there without the other. A refusal has no
/// transaction, and strangers cause as many as they like: if each took the end of the log for itself, guessed passwords
/// would stand in one line with every change of the same log, and whoever sends them would decide how long that line is.
/// Written in batches, ten thousand cost no more locks than a few. The price: of a process that is killed the refusals of
/// the last moment are missing. They changed nothing, and the chain is whole without them. When more come than the database
/// takes, the newest are dropped, and an entry says how many.
package final class AuditInbox: Sendable {
    private struct Refusal: Sendable {
        let record: AuditRecord
        let workspace: WorkspaceID
    }

    private struct State {
        var waiting: [Refusal] = []
        var lost = 0
    }

    private let database: any SQLDatabase
    private let logger: Logger
    private let state = Mutex(State())
    private let capacity: Int
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    /// How many entries one transaction writes, and so how long it keeps others from the log.
    private static let batch = 500
    /// How long refusals gather.
    private static let pause: Duration = .milliseconds(50)

    /// - Parameter capacity: how many may wait.
    package init(database: any SQLDatabase, capacity: Int = 10_000, logger: Logger) {
        self.database = database
        self.capacity = capacity
        self.logger = logger
        (arrivals, arrived) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes an entry; it is in the log a moment later.
    package func add(_ record: AuditRecord, in workspace: WorkspaceID) {
        let isTaken = state.withLock { state in
            guard state.waiting.count < capacity else {
                state.lost += 1
                return false
            }
            state.waiting.append(Refusal(record: record, workspace: workspace))
            return true
        }
        if !isTaken { Counter(label: MetricNames.auditLosses).increment() }
        arrived.yield()
    }

    /// Writes what comes until the task is cancelled, and then what is left.
    package func run() async {
        for await _ in arrivals {
            try? await Task.sleep(for: Self.pause)
            await attempt()
        }
        // Not cancelled with its caller: what was taken is written. Calls of the database have their own deadlines.
        await Task { await attempt() }.value
    }

    /// Writes everything that waits.
    ///
    /// - Throws: when the database does not answer; then everything still waits.
    package func flush() async throws(StorageError) {
        while let (workspace, records) = next() {
            do {
                try await database.write { connection throws(StorageError) in
                    try connection.audit(records, in: workspace)
                }
            } catch {
                putBack(records, in: workspace, isLost: ![.unavailable, .busy, .canceled].contains(error.code))
                throw error
            }
        }
    }

    private func attempt() async {
        do throws(StorageError) {
            try await flush()
        } catch {
            guard error.code != .canceled else { return }
            logger.warning("refusals wait to be written to the audit log", metadata: ["reason": "\(error)"])
            try? await Task.sleep(for: .seconds(1))
            arrived.yield()
        }
    }

    /// The oldest refusals of one workspace.
    private func next() -> (WorkspaceID, [AuditRecord])? {
        state.withLock { state in
            if state.lost > 0 {
                let count = state.lost
                state.lost = 0
                let record = AuditRecord(
                    "audit.refusals_dropped", by: .server(in: .local), detail: ["entries": String(count)])
                return (.local, [record])
            }
            guard let workspace = state.waiting.first?.workspace else { return nil }
            var records: [AuditRecord] = []
            state.waiting.removeAll { refusal in
                guard refusal.workspace == workspace, records.count < Self.batch else { return false }
                records.append(refusal.record)
                return true
            }
            return (workspace, records)
        }
    }

    /// - Parameter isLost: whether the database refuses these and always will; they would hold up all others.
    private func putBack(_ records: [AuditRecord], in workspace: WorkspaceID, isLost: Bool) {
        state.withLock { state in
            guard !isLost else {
                state.lost += records.count
                return
            }
            state.waiting.insert(contentsOf: records.map { Refusal(record: $0, workspace: workspace) }, at: 0)
        }
    }
}
