package import Logging
import Metrics
package import Model
package import Storage
import Synchronization

/// Takes what is no part of a transaction, refusals and what operations declare as entries of theirs, and writes it to the
/// logs in batches, by one writer for the whole process.
///
/// What Tenancy changes is written into the log by its own transaction, so that neither is there without the other. A refusal
/// has no transaction, and strangers cause as many as they like; jobs are submitted by the ten thousand. If each took the end
/// of the log for itself, all of them would stand in one line with every change of the same log. Written in batches, ten
/// thousand cost no more locks than a few. The price: of a process that is killed the entries of the last moment are missing,
/// and the counts of the last minute (``AuditTallies``). The chain is whole without them. When more come than the database
/// takes, they are counted; when there are more callers than can be told apart, the newest are dropped, and an entry says how
/// many.
package final class AuditInbox: Sendable {
    private struct Waiting: Sendable {
        let record: AuditRecord
        let workspace: WorkspaceID
    }

    private struct State {
        var waiting: [Waiting] = []
        var tallies: AuditTallies
        var lost = 0
    }

    private let database: any SQLDatabase
    private let logger: Logger
    private let state: Mutex<State>
    private let capacity: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    /// How many entries one transaction writes, and so how long it keeps others from the log.
    private static let batch = 500
    /// How long entries gather.
    private static let pause: Duration = .milliseconds(50)
    /// How often it is looked whether a time of counting is over.
    private static let beat: Duration = .seconds(5)

    /// - Parameters:
    ///   - capacity: how many may wait, and how many callers and kinds are told apart.
    ///   - now: ends the times of counting; a test moves it.
    package init(
        database: any SQLDatabase, capacity: Int = 10_000, logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.database = database
        self.capacity = capacity
        self.logger = logger
        self.now = now
        state = Mutex(State(tallies: AuditTallies(capacity: capacity)))
        (arrivals, arrived) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes an entry; it is in the log a moment later.
    package func add(_ record: AuditRecord, in workspace: WorkspaceID) {
        let isTaken = state.withLock { state in
            guard state.waiting.count < capacity else {
                state.lost += 1
                return false
            }
            state.waiting.append(Waiting(record: record, workspace: workspace))
            return true
        }
        if !isTaken { Counter(label: MetricNames.auditLosses).increment() }
        arrived.yield()
    }

    /// Takes what a caller did or was refused; it is in the log a moment later, or with a count when the minute is over.
    package func take(_ deed: AuditDeed) {
        let (now, time) = (now(), Timestamp.now)
        let verdict = state.withLock { state in
            let hasRoom = state.waiting.count < capacity
            let verdict = state.tallies.take(deed, at: now, time: time, hasRoom: hasRoom)
            if verdict == .lost { state.lost += 1 }
            return verdict
        }
        switch verdict {
        case .write:
            let entry = Waiting(record: deed.record, workspace: deed.workspace)
            state.withLock { $0.waiting.append(entry) }
            arrived.yield()
        case .counted: break
        case .lost:
            Counter(label: MetricNames.auditLosses).increment()
            arrived.yield()
        }
    }

    /// Writes what comes until the task is cancelled, and then what is left.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while (try? await Task.sleep(for: Self.beat)) != nil {
                    let now = self.now()
                    if self.state.withLock({ $0.tallies.hasDue(at: now) }) { self.arrived.yield() }
                }
            }
            for await _ in arrivals {
                try? await Task.sleep(for: Self.pause)
                await attempt(isLast: false)
            }
            group.cancelAll()
        }
        // Not cancelled with its caller: what was taken is written. Calls of the database have their own deadlines.
        await Task { await attempt(isLast: true) }.value
    }

    /// Writes everything that waits, also what is still being counted.
    ///
    /// - Throws: when the database does not answer; then everything still waits.
    package func flush() async throws(StorageError) {
        endTallies(at: nil)
        try await write()
    }

    private func write() async throws(StorageError) {
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

    private func attempt(isLast: Bool) async {
        endTallies(at: isLast ? nil : now())
        do throws(StorageError) {
            try await write()
        } catch {
            guard error.code != .canceled else { return }
            logger.warning("entries wait to be written to the audit log", metadata: ["reason": "\(error)"])
            try? await Task.sleep(for: .seconds(1))
            arrived.yield()
        }
    }

    /// What was counted waits to be written. While there is no room it is counted on.
    private func endTallies(at now: ContinuousClock.Instant?) {
        state.withLock { state in
            guard now == nil || state.waiting.count < capacity else { return }
            state.waiting += state.tallies.end(at: now).map { Waiting(record: $0.record, workspace: $0.workspace) }
        }
    }

    /// The oldest entries of one workspace.
    private func next() -> (WorkspaceID, [AuditRecord])? {
        state.withLock { state in
            if state.lost > 0 {
                let count = state.lost
                state.lost = 0
                let record = AuditRecord(
                    "audit.entries_dropped", by: .server(in: .local), detail: ["entries": String(count)])
                return (.local, [record])
            }
            guard let workspace = state.waiting.first?.workspace else { return nil }
            var records: [AuditRecord] = []
            state.waiting.removeAll { entry in
                guard entry.workspace == workspace, records.count < Self.batch else { return false }
                records.append(entry.record)
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
            state.waiting.insert(contentsOf: records.map { Waiting(record: $0, workspace: workspace) }, at: 0)
        }
    }
}
