import Model
import Synchronization

/// The job tables on SQLite or PostgreSQL, with an index of ready jobs beside them where there is one.
///
/// Every change of jobs locks their rows in `live_job`, asks ``JobLifecycle`` what the event does, writes that and appends to
/// the journal, in one transaction. What follows from it without being part of it (who is next in line) happens right after
/// the commit, and again in the next sweep if it did not.
package struct SQLJobStore: Sendable {
    let database: any SQLDatabase
    let dispatch: (any DispatchIndex)?
    /// Keeps the books on jobs in the same transactions.
    let books: (any JobLedger)?
    let depthEstimate = DepthEstimate()
    let ledger = FairLedger()
    let fronts = LaneFronts()
    let promoter: Promoter

    /// How long an idempotency key outlives its job.
    static let keyRetention: Duration = .seconds(24 * 3_600)
    /// How long the key of a batch is kept after its submission.
    static let batchKeyRetention: Duration = .seconds(7 * 24 * 3_600)

    package init(
        database: any SQLDatabase, dispatch: (any DispatchIndex)? = nil, books: (any JobLedger)? = nil
    ) {
        self.database = database
        self.dispatch = dispatch
        self.books = books
        promoter = Promoter { [fronts] order throws(StorageError) in
            var order = order
            // A lane may need locks that were not taken, a few times at most: others were faster.
            for _ in 0..<4 where !order.isEmpty {
                let current = order
                let promotion = try await database.write(.derived) { connection throws(StorageError) in
                    try Self.promote(current, fronts, announcing: dispatch == nil, on: connection)
                }
                await Self.tell(dispatch, of: promotion, in: database)
                order = PromotionOrder(lanes: promotion.again)
            }
        }
    }

    /// The keys of announcements.
    enum Key {
        static let ready = "ready"
        static func job(_ id: JobID) -> String { id.description }
        static func workspace(_ id: WorkspaceID) -> String { id.description }
        /// Of a change that shows in the list of the workspace's jobs, too.
        static func job(_ id: JobID, in workspace: WorkspaceID) -> String {
            SignalHub.key(workspace.description, id.description)
        }
        static func stop(_ id: WorkerSessionID) -> String { id.description }
    }

    /// Runs a transaction that changes jobs, and then what follows from it.
    func change<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> (Value, Aftermath)
    ) async throws(StorageError) -> Value {
        let (value, aftermath, promotion) = try await database.write {
            connection throws(StorageError) -> (Value, Aftermath, Promotion) in
            let (value, aftermath) = try body(connection)
            // Last, because the books of a workspace are locked from here to the commit.
            if !aftermath.booking.isEmpty { try self.books?.book(aftermath.booking, on: connection) }
            guard connection.dialect.hasOneWriter else { return (value, aftermath, Promotion()) }
            // Nobody waits for a lock here, so there is no reason for a second transaction.
            let order = self.ledger.order(after: aftermath)
            return (
                value, aftermath,
                try Self.promote(order, self.fronts, announcing: self.dispatch == nil, on: connection)
            )
        }
        FaultPoint.reach(.changed)
        ledger.note(aftermath)
        fronts.note(aftermath)
        await Self.tell(dispatch, of: Promotion(ready: aftermath.raised), in: database)
        if database.dialect.hasOneWriter {
            await Self.tell(dispatch, of: promotion, in: database)
            await promoter.promote(PromotionOrder(lanes: promotion.again))
        } else {
            await promoter.promote(ledger.order(after: aftermath))
        }
        await ledger.settle(in: database)
        return value
    }

    /// Tells the index what became ready; the index wakes the workers. While it is away the database wakes them, and they
    /// find by SQL what the index does not know until it is repaired.
    private static func tell(
        _ dispatch: (any DispatchIndex)?, of promotion: Promotion, in database: any SQLDatabase
    ) async {
        guard let dispatch, !promotion.ready.isEmpty || !promotion.parked.isEmpty else { return }
        do throws(StorageError) {
            if !promotion.parked.isEmpty { try await dispatch.settle(promotion.parked) }
            if !promotion.ready.isEmpty { try await dispatch.offer(promotion.ready) }
        } catch {
            try? await database.announce(Key.ready)
        }
    }

    package func repairIndex() async throws(StorageError) {
        guard let dispatch else { return }
        try await dispatch.rebuild { () throws(StorageError) in
            // Bounded by a window for each lane.
            try await database.read { connection throws(StorageError) in try Self.readyEntries(on: connection) }
        }
    }

    package func indexSignals() -> AsyncStream<DispatchSignal>? { dispatch?.signals() }

    /// Reads one job, unfinished or not.
    static func job(
        _ id: JobID, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> Job {
        let rows = try connection.query(
            "SELECT \(JobRow.columns) FROM \(JobRow.tables) WHERE j.id = $1 AND j.workspace = $2",
            [SQLValue(id), SQLValue(workspace)])
        guard let row = rows.first else { throw StorageError(.notFound, "There is no job \(id).") }
        return try JobRow.job(row)
    }
}
