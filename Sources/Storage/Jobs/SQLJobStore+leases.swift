package import Model

extension SQLJobStore: JobLeases {
    package func openSession(_ session: WorkerSession, lasting: Duration) async throws(StorageError) {
        try await database.write { connection throws(StorageError) in
            for row in try connection.query(
                "SELECT id, process FROM worker_session WHERE host = $1 \(connection.dialect.forUpdate)",
                [.text(session.host)])
            where !session.isAlive(try row.text("process")) {
                try connection.execute(
                    "UPDATE worker_session SET expires_at = 0 WHERE id = $1", [.text(try row.text("id"))])
            }
            try connection.execute(
                "INSERT INTO worker_session (id, host, process, expires_at) VALUES ($1, $2, $3, now_us() + $4)",
                [
                    SQLValue(session.id), .text(session.host), .text(session.process),
                    .integer(lasting.microseconds),
                ])
        }
    }

    package func renewSession(
        _ id: WorkerSessionID, lasting: Duration
    ) async throws(StorageError) -> [LeaseNotice]? {
        try await database.write { connection throws(StorageError) in
            let renewed = try connection.execute(
                "UPDATE worker_session SET expires_at = now_us() + $2 WHERE id = $1 AND expires_at > now_us()",
                [SQLValue(id), .integer(lasting.microseconds)])
            guard renewed == 1 else { return nil }
            return try Self.notices(for: id, on: connection)
        }
    }

    package func notices(for id: WorkerSessionID) async throws(StorageError) -> [LeaseNotice]? {
        try await database.read { connection throws(StorageError) in
            let live = try connection.query(
                "SELECT id FROM worker_session WHERE id = $1 AND expires_at > now_us()", [SQLValue(id)])
            return live.isEmpty ? nil : try Self.notices(for: id, on: connection)
        }
    }

    // Index: job_leased.
    private static func notices(
        for id: WorkerSessionID, on connection: any SQLConnection
    ) throws(StorageError) -> [LeaseNotice] {
        var notices: [LeaseNotice] = []
        for row in try connection.query(
            "SELECT id, workspace, epoch, cancel_requested FROM job WHERE session = $1 AND state = 'leased'",
            [SQLValue(id)])
        {
            let lease = JobLease(
                job: try row.id("id"), workspace: try row.id("workspace"), epoch: try row.integer("epoch"))
            notices.append(LeaseNotice(lease: lease, cancelRequested: try row.bool("cancel_requested")))
        }
        return notices
    }

    package func closeSession(_ id: WorkerSessionID) async throws(StorageError) {
        try await database.write { connection throws(StorageError) in
            let rows = try connection.query(
                """
                SELECT \(JobRow.columns) FROM job WHERE session = $1 AND state = 'leased'
                \(connection.dialect.forUpdate)
                """, [SQLValue(id)])
            for row in rows {
                var lifecycle = try JobRow.lifecycle(row)
                let epoch = lifecycle.epoch
                let event: JobLifecycle.Event =
                    try row.bool("cancel_requested") ? .stop(epoch: epoch) : .handBack(epoch: epoch)
                guard case .moved = lifecycle.handle(event) else { continue }
                try Self.write(lifecycle, of: row, on: connection)
            }
            try connection.execute("DELETE FROM worker_session WHERE id = $1", [SQLValue(id)])
        }
    }

    // Index: job_ready. The picked rows are materialized, so that PostgreSQL never picks twice.
    package func claim(
        kinds: [String], limit: Int, for session: WorkerSessionID
    ) async throws(StorageError) -> [LeasedJob] {
        guard !kinds.isEmpty, limit > 0 else { return [] }
        let names = kinds.indices.map { "$\($0 + 3)" }.joined(separator: ", ")
        let values = [SQLValue(session), SQLValue(limit)] + kinds.map { SQLValue.text($0) }
        return try await database.write { connection throws(StorageError) in
            let rows = try connection.query(
                """
                WITH picked AS MATERIALIZED (
                    SELECT id AS picked_id FROM job
                    WHERE state = 'ready' AND kind IN (\(names))
                        AND EXISTS (SELECT 1 FROM worker_session WHERE id = $1 AND expires_at > now_us())
                    ORDER BY priority DESC, ready_at, id LIMIT $2 \(connection.dialect.skipLocked)
                )
                UPDATE job SET
                    state = 'leased', epoch = epoch + 1, attempt = attempt + 1, session = $1, position = position + 1,
                    started_at = COALESCE(started_at, now_us())
                FROM picked WHERE id = picked_id
                RETURNING \(JobRow.columns), now_us() - ready_at AS waited
                """, values)
            var claimed: [LeasedJob] = []
            for row in rows {
                claimed.append(
                    LeasedJob(
                        job: try JobRow.job(row),
                        waited: .microseconds(try row.optionalInteger("waited") ?? 0)))
            }
            try JobJournal.append(
                claimed.map { ($0.job.id, $0.job.position, $0.job.epoch, .state(.leased)) }, on: connection)
            for leased in claimed {
                connection.announce(Key.job(leased.job.id))
                connection.announce(Key.workspace(leased.job.workspace))
            }
            return claimed.sorted { ($1.job.priority, $0.job.id) < ($0.job.priority, $1.job.id) }
        }
    }

    package func record(_ updates: [JobUpdate], under lease: JobLease) async throws(StorageError) -> Bool {
        try await database.write { connection throws(StorageError) in
            try Self.record(updates, under: lease, on: connection)
        }
    }

    package func finish(_ outcome: JobOutcome, under lease: JobLease) async throws(StorageError) {
        try await database.write { connection throws(StorageError) in
            try Self.finish(outcome, under: lease, on: connection)
        }
    }

    package func sweep() async throws(StorageError) -> SweepReport {
        let work = try await database.read { connection throws(StorageError) in
            let rows = try connection.query(
                """
                SELECT
                    (SELECT COUNT(*) FROM worker_session WHERE expires_at <= now_us())
                        + (SELECT COUNT(*) FROM job WHERE state = 'leased' AND NOT EXISTS
                            (SELECT 1 FROM worker_session WHERE worker_session.id = job.session)) AS lapsed,
                    (SELECT COUNT(*) FROM idempotency WHERE expires_at <= now_us()) AS keys,
                    (SELECT MIN(run_at) FROM job WHERE state = 'scheduled') AS next_due,
                    now_us() AS now
                """)
            guard let row = rows.first else { throw StorageError(.corrupt, "A query without a table gave no row.") }
            return (
                lapsed: try row.integer("lapsed"), keys: try row.integer("keys"),
                nextDue: try row.optionalTime("next_due"), now: try row.time("now")
            )
        }
        let isDue = work.nextDue.map { $0 <= work.now } ?? false
        guard work.lapsed > 0 || work.keys > 0 || isDue else { return SweepReport(nextDue: work.nextDue) }
        return try await database.write { connection throws(StorageError) in
            try Self.sweep(on: connection)
        }
    }

    package func stepResult(_ key: String, in workspace: WorkspaceID) async throws(StorageError) -> JSONText? {
        try await database.read { connection throws(StorageError) in
            try connection.query(
                "SELECT result FROM step_result WHERE workspace = $1 AND key = $2", [SQLValue(workspace), .text(key)]
            ).first?.json("result")
        }
    }

    package func stageRates(_ keys: [String]) async throws(StorageError) -> [String: StageRate] {
        guard !keys.isEmpty else { return [:] }
        return try await database.read { connection throws(StorageError) in
            let places = keys.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
            var rates: [String: StageRate] = [:]
            for row in try connection.query(
                "SELECT key, samples, seconds_per_unit FROM stage_rate WHERE key IN (\(places))",
                keys.map { .text($0) })
            {
                rates[try row.text("key")] = StageRate(
                    samples: Int(try row.integer("samples")),
                    secondsPerUnit: try row.optionalDouble("seconds_per_unit") ?? 0)
            }
            return rates
        }
    }

    package func readySignals() -> AsyncStream<Void> { database.signals(for: Key.ready) }

    package func stopSignals(for session: WorkerSessionID) -> AsyncStream<Void> {
        database.signals(for: Key.stop(session))
    }
}
