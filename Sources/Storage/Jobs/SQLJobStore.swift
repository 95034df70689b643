import Model

/// The job tables on SQLite or PostgreSQL.
///
/// Every change of one job locks its row, asks ``JobLifecycle`` what the event does, writes that and appends to the journal,
/// in one transaction.
package struct SQLJobStore: Sendable {
    let database: any SQLDatabase
    let depthEstimate = DepthEstimate()

    /// How long an idempotency key outlives its job.
    static let keyRetention: Duration = .seconds(24 * 3_600)
    /// How long the key of a batch is kept after its submission.
    static let batchKeyRetention: Duration = .seconds(7 * 24 * 3_600)

    package init(database: any SQLDatabase) {
        self.database = database
    }

    /// The keys of announcements.
    enum Key {
        static let ready = "ready"
        static func job(_ id: JobID) -> String { id.description }
        static func workspace(_ id: WorkspaceID) -> String { id.description }
        static func stop(_ id: WorkerSessionID) -> String { id.description }
    }

    /// Locks and reads one job.
    static func lock(
        _ id: JobID, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> SQLRow? {
        try connection.query(
            """
            SELECT \(JobRow.columns) FROM job WHERE id = $1 AND workspace = $2 \(connection.dialect.forUpdate)
            """, [SQLValue(id), SQLValue(workspace)]
        ).first
    }

    /// What a transition writes beside the state and its counters.
    struct Change {
        var result: JSONText?
        var failure: JobFailure?
        var delay: Duration = .zero
        /// Starts anew: progress, failure and cancel flag are cleared.
        var restarts = false
    }

    /// Writes what `lifecycle` says after an event. A job that is due at once passes `scheduled` and `parked` on its way to
    /// `ready` in the same transaction, because no cap holds it.
    ///
    /// - Returns: the state that the job is in afterwards.
    @discardableResult
    static func write(
        _ lifecycle: JobLifecycle, of row: SQLRow, _ change: Change = Change(), extra entries: [JobJournal.Entry] = [],
        on connection: any SQLConnection
    ) throws(StorageError) -> JobState {
        var lifecycle = lifecycle
        if lifecycle.state == .scheduled, change.delay <= .zero { _ = lifecycle.handle(.due) }
        if lifecycle.state == .parked { _ = lifecycle.handle(.promote) }
        let id: JobID = try row.id("id")
        let state = lifecycle.state
        let failure: JSONText? = if let failure = change.failure { try JobJournal.encoded(failure) } else { nil }
        let journal = entries.isEmpty ? [JobJournal.Entry.state(state)] : entries
        let position = try row.integer("position")
        try connection.execute(
            """
            UPDATE job SET
                state = $2, attempt = $3, lost = $4, session = NULL, position = $5,
                result = COALESCE($6, result),
                failure = CASE WHEN $7 = 1 OR $9 = 1 THEN NULL ELSE COALESCE($8, failure) END,
                cancel_requested = CASE WHEN $7 = 1 THEN 0 ELSE cancel_requested END,
                percent = CASE WHEN $7 = 1 THEN 0 WHEN $9 = 1 THEN 100 ELSE percent END,
                stage = CASE WHEN $7 = 1 THEN NULL ELSE stage END,
                operation = NULL, eta_low = NULL, eta_high = NULL,
                run_at = CASE WHEN $10 = 1 THEN now_us() + $11 ELSE run_at END,
                ready_at = CASE WHEN $12 = 1 THEN now_us() ELSE NULL END,
                finished_at = CASE WHEN $13 = 1 THEN now_us() ELSE NULL END
            WHERE id = $1
            """,
            [
                SQLValue(id), .text(state.rawValue), SQLValue(lifecycle.attempt), SQLValue(lifecycle.lost),
                .integer(position + Int64(journal.count)), SQLValue(change.result),
                SQLValue(change.restarts), SQLValue(failure), SQLValue(state == .succeeded),
                SQLValue(state == .scheduled), .integer(change.delay.microseconds), SQLValue(state == .ready),
                SQLValue(state.isTerminal),
            ])
        try JobJournal.append(
            journal.enumerated().map { (id, position + 1 + Int64($0.offset), lifecycle.epoch, $0.element) },
            on: connection)
        if state.isTerminal || change.restarts {
            try connection.execute(
                "UPDATE idempotency SET expires_at = CASE WHEN $2 = 1 THEN now_us() + $3 ELSE NULL END WHERE job = $1",
                [SQLValue(id), SQLValue(state.isTerminal), .integer(keyRetention.microseconds)])
        }
        let workspace: WorkspaceID = try row.id("workspace")
        connection.announce(Key.job(id))
        connection.announce(Key.workspace(workspace))
        if state == .ready || state == .scheduled { connection.announce(Key.ready) }
        return state
    }
}
