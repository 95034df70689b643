package import Model

extension SQLJobStore: OutsideWorkers {
    /// How long a lapsed worker is remembered.
    private static let memory: Duration = .seconds(24 * 3_600)

    package func register(_ worker: OutsideWorker, kinds: [OutsideKind]) async throws(StorageError) {
        let names = try JobJournal.encoded(worker.kinds)
        try await database.write { connection throws(StorageError) in
            try Self.forgetOld(in: worker.workspace, on: connection)
            // In the order of their names, so that no two registrations wait for each other.
            try connection.execute(
                """
                INSERT INTO outside_kind (workspace, name, summary, band, max_attempts, timeout_us, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, now_us())
                ON CONFLICT (workspace, name) DO UPDATE
                SET summary = excluded.summary, band = excluded.band, max_attempts = excluded.max_attempts,
                    timeout_us = excluded.timeout_us, updated_at = excluded.updated_at
                """,
                batch: kinds.sorted { $0.name < $1.name }.map { kind in
                    [
                        SQLValue(worker.workspace), .text(kind.name), .text(kind.summary),
                        SQLValue(kind.band.rawValue), SQLValue(kind.maxAttempts), .integer(kind.timeout.microseconds),
                    ]
                })
            // A place of its own: nobody else judges whether the worker is alive, only its lease does.
            try connection.execute(
                "INSERT INTO worker_session (id, host, process, expires_at) VALUES ($1, $2, $3, now_us() + $4)",
                [
                    SQLValue(worker.id), .text("outside/\(worker.workspace)"), .text(worker.name),
                    .integer(worker.lease.microseconds),
                ])
            try connection.execute(
                """
                INSERT INTO outside_worker (id, workspace, name, kinds, lease_us, opened_at)
                VALUES ($1, $2, $3, $4, $5, now_us())
                """,
                [
                    SQLValue(worker.id), SQLValue(worker.workspace), .text(worker.name), SQLValue(names),
                    .integer(worker.lease.microseconds),
                ])
            try Self.checkBounds(of: worker.workspace, on: connection)
        }
    }

    private static func forgetOld(
        in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            """
            DELETE FROM outside_worker
            WHERE workspace = $1 AND opened_at < now_us() - \(memory.microseconds)
                AND NOT EXISTS (SELECT 1 FROM worker_session WHERE worker_session.id = outside_worker.id)
            """, [SQLValue(workspace)])
    }

    private static func checkBounds(
        of workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) {
        let row = try connection.query(
            """
            SELECT
                (SELECT COUNT(*) FROM outside_kind WHERE workspace = $1) AS kinds,
                (SELECT COUNT(*) FROM outside_worker JOIN worker_session ON worker_session.id = outside_worker.id
                    WHERE workspace = $1 AND expires_at > now_us()) AS workers
            """, [SQLValue(workspace)]
        ).first
        if let count = try row?.integer("kinds"), count > OutsideKind.maximumKinds {
            throw StorageError(
                .limited,
                "The workspace would have \(count) kinds of outside workers; \(OutsideKind.maximumKinds) is the most.")
        }
        if let count = try row?.integer("workers"), count > OutsideWorker.maximumWorkers {
            throw StorageError(
                .limited,
                "The workspace would have \(count) outside workers at once; \(OutsideWorker.maximumWorkers) is the most."
            )
        }
    }

    package func outsideKinds(in workspace: WorkspaceID) async throws(StorageError) -> [OutsideKind] {
        try await database.read { connection throws(StorageError) in
            var kinds: [OutsideKind] = []
            for row in try connection.query(
                """
                SELECT name, summary, band, max_attempts, timeout_us FROM outside_kind WHERE workspace = $1
                ORDER BY name
                """, [SQLValue(workspace)])
            {
                kinds.append(
                    OutsideKind(
                        name: try row.text("name"), summary: try row.text("summary"),
                        band: Band(rawValue: Int(try row.integer("band"))) ?? .batch,
                        maxAttempts: Int(try row.integer("max_attempts")),
                        timeout: .microseconds(try row.integer("timeout_us"))))
            }
            return kinds
        }
    }

    package func outsideWorker(
        _ id: WorkerSessionID, in workspace: WorkspaceID
    ) async throws(StorageError) -> OutsideWorker? {
        try await database.read { connection throws(StorageError) in
            let rows = try connection.query(
                "SELECT name, kinds, lease_us FROM outside_worker WHERE id = $1 AND workspace = $2",
                [SQLValue(id), SQLValue(workspace)])
            guard let row = rows.first else { return nil }
            guard let kinds = try? row.json("kinds").decode([String].self) else {
                throw StorageError(.corrupt, "The kinds of worker \(id) are no list of names.")
            }
            return OutsideWorker(
                id: id, workspace: workspace, name: try row.text("name"), kinds: kinds,
                lease: .microseconds(try row.integer("lease_us")))
        }
    }

    package func renew(_ worker: OutsideWorker) async throws(StorageError) -> [HeldJob]? {
        try await database.write(.urgent) { connection throws(StorageError) in
            let renewed = try connection.execute(
                "UPDATE worker_session SET expires_at = now_us() + $2 WHERE id = $1 AND expires_at > now_us()",
                [SQLValue(worker.id), .integer(worker.lease.microseconds)])
            guard renewed == 1 else { return nil }
            // Index: live_leased.
            let rows = try connection.query(
                """
                SELECT \(HeldJob.columns) FROM live_job l \(HeldJob.kindOfJob)
                WHERE l.session = $1 AND l.state = 'leased' ORDER BY l.job
                """, [SQLValue(worker.id)])
            var held: [HeldJob] = []
            for row in rows { held.append(try HeldJob(row)) }
            return held
        }
    }

    package func prospects(of worker: OutsideWorker) async throws(StorageError) -> ClaimProspects {
        try await database.read { connection throws(StorageError) in
            let dialect = connection.dialect
            // Index: live_held. What a workspace has ready is bounded by its lanes, and so is this look through it.
            let row = try connection.query(
                """
                SELECT
                    EXISTS (SELECT 1 FROM worker_session WHERE id = $1 AND expires_at > now_us()) AS live,
                    EXISTS (SELECT 1 FROM live_job
                        WHERE state IN ('ready', 'leased') AND state = 'ready' AND workspace = $3
                            AND kind \(dialect.isAmong("$2", .text))) AS ready
                """, [SQLValue(worker.id), dialect.list(worker.kinds), SQLValue(worker.workspace)]
            ).first
            guard let row, try row.bool("live") else { return .lapsed }
            return try row.bool("ready") ? .jobs : .nothing
        }
    }

    /// Asks the database and not the index: that hands out jobs of any workspace. What is claimed here stays in the index until
    /// its next repair, and is refused to whoever takes it there.
    package func claim(limit: Int, for worker: OutsideWorker) async throws(StorageError) -> [LeasedJob] {
        guard !worker.kinds.isEmpty, limit > 0 else { return [] }
        let claim = try await database.write { connection throws(StorageError) in
            try Self.claim(
                worker.kinds, limit, among: nil, in: worker.workspace, for: worker.id, fronts, books, on: connection)
        }
        await promoter.promote(PromotionOrder(lanes: claim.lanes))
        if let refusals = claim.refusals { ledger.note(refusals) }
        return claim.jobs
    }

    package func standing(of job: JobID, for worker: OutsideWorker) async throws(StorageError) -> JobStanding? {
        try await database.read { connection throws(StorageError) in
            let known = try connection.query(
                "SELECT 1 AS known FROM job WHERE id = $1 AND workspace = $2",
                [SQLValue(job), SQLValue(worker.workspace)])
            if known.isEmpty { return nil }
            let rows = try connection.query(
                "SELECT \(HeldJob.columns), l.session AS session FROM live_job l \(HeldJob.kindOfJob) "
                    + "WHERE l.job = $1 AND l.state = 'leased'",
                [SQLValue(job)])
            guard let row = rows.first else { return .free }
            let owner: WorkerSessionID? = try row.optionalID("session")
            return owner == worker.id ? .held(try HeldJob(row)) : .elsewhere
        }
    }

    package func close(_ worker: OutsideWorker) async throws(StorageError) {
        try await closeSession(worker.id)
        _ = try await database.write { connection throws(StorageError) in
            try connection.execute("DELETE FROM outside_worker WHERE id = $1", [SQLValue(worker.id)])
        }
    }
}

extension HeldJob {
    /// For `SELECT`, from `live_job l` with ``kindOfJob``.
    fileprivate static let columns = """
        l.job AS job, l.workspace AS workspace, l.epoch AS epoch, l.kind AS kind, l.attempt AS attempt,
        l.max_attempts AS max_attempts, l.cancel_requested AS cancel_requested, l.stage AS stage, l.position AS position,
        now_us() - l.leased_at AS ran,
        CASE WHEN l.allowance < k.timeout_us THEN l.allowance ELSE k.timeout_us END AS timeout_us
        """
    fileprivate static let kindOfJob = "LEFT JOIN outside_kind k ON k.workspace = l.workspace AND k.name = l.kind"

    fileprivate init(_ row: SQLRow) throws(StorageError) {
        self.init(
            lease: JobLease(
                job: try row.id("job"), workspace: try row.id("workspace"), epoch: try row.integer("epoch")),
            kind: try row.text("kind"), attempt: Int(try row.integer("attempt")),
            maxAttempts: Int(try row.integer("max_attempts")), cancelRequested: try row.bool("cancel_requested"),
            stage: try row.optionalText("stage"), position: try row.integer("position"),
            ran: .microseconds(try row.optionalInteger("ran") ?? 0),
            timeout: .microseconds(try row.integer("timeout_us")))
    }
}
