import Model

extension SQLJobStore {
    /// The most jobs that one sweep moves, so that its transaction stays short.
    private static let sweepLimit = 500

    static func sweep(on connection: any SQLConnection) throws(StorageError) -> SweepReport {
        var report = SweepReport()
        report.lost = try endLapsedLeases(on: connection)
        report.due = try moveDueJobs(on: connection)
        try connection.execute("DELETE FROM idempotency WHERE expires_at <= now_us()")
        report.nextDue = try connection.query("SELECT MIN(run_at) AS next_due FROM job WHERE state = 'scheduled'")
            .first?.optionalTime("next_due")
        return report
    }

    // A session that lapsed by the database's clock is deleted, so that it cannot be renewed; a renewal under way is waited
    // for and counts. A lease without a session is over, whatever its process believes: also one that was claimed while its
    // session ended. Index: job_leased.
    private static func endLapsedLeases(on connection: any SQLConnection) throws(StorageError) -> Int {
        try connection.execute("DELETE FROM worker_session WHERE expires_at <= now_us()")
        let rows = try connection.query(
            """
            SELECT \(JobRow.columns) FROM job
            WHERE state = 'leased'
                AND NOT EXISTS (SELECT 1 FROM worker_session WHERE worker_session.id = job.session)
            LIMIT \(sweepLimit) \(connection.dialect.skipLocked)
            """)
        for row in rows {
            var lifecycle = try JobRow.lifecycle(row)
            if try row.bool("cancel_requested") {
                guard case .moved = lifecycle.handle(.stop(epoch: lifecycle.epoch)) else { continue }
                try write(lifecycle, of: row, on: connection)
                continue
            }
            guard case .moved(let next) = lifecycle.handle(.loseWorker) else { continue }
            let failure = JobFailure(
                code: "worker-lost",
                message: next == .dead
                    ? "The worker vanished \(lifecycle.lost) times while it ran this job; see the worker's log, then retry."
                    : "The worker vanished; the job runs again.",
                retryable: next != .dead)
            try write(
                lifecycle, of: row, Change(failure: failure), extra: [try .failure(failure, then: next)],
                on: connection)
        }
        return rows.count
    }

    // Index: job_due.
    private static func moveDueJobs(on connection: any SQLConnection) throws(StorageError) -> Int {
        let rows = try connection.query(
            """
            SELECT \(JobRow.columns) FROM job WHERE state = 'scheduled' AND run_at <= now_us()
            ORDER BY run_at LIMIT \(sweepLimit) \(connection.dialect.skipLocked)
            """)
        for row in rows {
            var lifecycle = try JobRow.lifecycle(row)
            guard case .moved = lifecycle.handle(.due) else { continue }
            try write(lifecycle, of: row, on: connection)
        }
        return rows.count
    }
}
