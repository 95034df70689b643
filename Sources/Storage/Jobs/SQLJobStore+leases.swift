package import Model

extension SQLJobStore: JobLeases {
    package func claim(
        kinds: [String], limit: Int, for session: WorkerSessionID
    ) async throws(StorageError) -> [LeasedJob] {
        guard !kinds.isEmpty, limit > 0 else { return [] }
        // A few times at most: what the index proposes may be gone in the database.
        for _ in 0..<4 {
            guard let proposed = await proposals(kinds, limit) else { break }
            FaultPoint.reach(.proposed)
            let claimed = try await claim(kinds, limit, among: proposed.map(\.job), for: session)
            await settle(proposed, granted: claimed)
            if !claimed.isEmpty { return claimed }
        }
        return try await claim(kinds, limit, among: nil, for: session)
    }

    /// What one transaction claimed.
    struct Claim: Sendable {
        var jobs: [LeasedJob] = []
        /// Lanes that have little left.
        var lanes: Set<Lane> = []
        /// Set when runs were refused by whoever keeps the books; the jobs of their workspaces are on hold now.
        var refusals: Aftermath?
    }

    private func claim(
        _ kinds: [String], _ limit: Int, among proposed: [JobID]?, for session: WorkerSessionID
    ) async throws(StorageError) -> [LeasedJob] {
        var claim = Claim()
        // A few times at most: behind a workspace that has nothing left stand the jobs of others.
        for _ in 0..<4 {
            claim = try await database.write { connection throws(StorageError) in
                try Self.claim(kinds, limit, among: proposed, for: session, fronts, books, on: connection)
            }
            if !claim.jobs.isEmpty { FaultPoint.reach(.claimed) }
            await promoter.promote(PromotionOrder(lanes: claim.lanes))
            guard let refusals = claim.refusals else { break }
            ledger.note(refusals)
            guard claim.jobs.isEmpty else { break }
        }
        return claim.jobs
    }

    /// Has the index forget what was proposed, but for jobs that are ready all the same: this session may not have them, or
    /// another transaction had them locked.
    private func settle(_ proposed: [DispatchEntry], granted: [LeasedJob]) async {
        guard let dispatch else { return }
        try? await dispatch.settle(proposed)
        let rest = Set(proposed.map(\.job)).subtracting(granted.map(\.job.id))
        guard !rest.isEmpty else { return }
        let entries = try? await database.read { connection throws(StorageError) in
            try Self.readyEntries(among: rest, on: connection)
        }
        if let entries, !entries.isEmpty { try? await dispatch.offer(entries) }
    }

    /// Ready jobs as the index has them, all of them or those of a set. Indexes: live_ready, or the primary key.
    static func readyEntries(
        among jobs: Set<JobID>? = nil, on connection: any SQLConnection
    ) throws(StorageError) -> [DispatchEntry] {
        let condition = jobs == nil ? "" : "AND job \(connection.dialect.isAmong("$1"))"
        let rows = try connection.query(
            "SELECT job, kind, rank, tag FROM live_job WHERE state = 'ready' \(condition)",
            jobs.map { [connection.dialect.list($0)] } ?? [])
        return try rows.map(DispatchEntry.init)
    }

    /// What the index proposes. Nil without an index, while it cannot be asked, and when it knows of nothing: it may have
    /// forgotten some.
    private func proposals(_ kinds: [String], _ limit: Int) async -> [DispatchEntry]? {
        guard let dispatch, let taken = try? await dispatch.take(kinds: kinds, limit: limit), !taken.isEmpty else {
            return nil
        }
        return taken
    }

    // Index: live_ready. The picked rows are materialized, so that PostgreSQL never picks twice.
    // Within a workspace also live_held: then it costs what the lanes of that workspace hold, and a sort.
    static func claim(
        _ kinds: [String], _ limit: Int, among candidates: [JobID]?, in workspace: WorkspaceID? = nil,
        for session: WorkerSessionID, _ fronts: LaneFronts, _ books: (any JobLedger)?,
        on connection: any SQLConnection
    ) throws(StorageError) -> Claim {
        let dialect = connection.dialect
        var values = [SQLValue(session), SQLValue(limit), dialect.list(kinds)]
        if let candidates { values.append(dialect.list(candidates)) }
        if let workspace { values.append(SQLValue(workspace)) }
        let rows = try connection.query(
            """
            WITH picked AS MATERIALIZED (
                SELECT job AS picked_job FROM live_job
                WHERE state = 'ready' AND kind \(dialect.isAmong("$3", .text))
                    \(candidates == nil ? "" : "AND job \(dialect.isAmong("$4"))")
                    \(workspace == nil ? "" : "AND workspace = $\(values.count) AND state IN ('ready', 'leased')")
                    AND EXISTS (SELECT 1 FROM worker_session WHERE id = $1 AND expires_at > now_us())
                ORDER BY rank, tag, job LIMIT $2 \(dialect.skipLocked)
            )
            UPDATE live_job SET
                state = 'leased', epoch = epoch + 1, attempt = attempt + 1, session = $1, position = position + 1,
                leased_at = now_us(), started_at = COALESCE(started_at, now_us())
            FROM picked WHERE job = picked_job
            RETURNING job, workspace, band, kind, caps, rank, tag, epoch, position, now_us() - ready_at AS waited
            """, values)
        guard !rows.isEmpty else { return Claim() }
        var events: [(job: JobID, position: Int64, epoch: Int64, entry: JobJournal.Entry)] = []
        var waits: [JobID: (place: [Int64], waited: Duration)] = [:]
        var lanes: Set<Lane> = []
        var runs: [StartedRun] = []
        var tags: [Int: Int64] = [:]
        for row in rows {
            let id: JobID = try row.id("job")
            let lane = try Lane(row)
            let tag = try row.integer("tag")
            let waited = Duration.microseconds(try row.optionalInteger("waited") ?? 0)
            waits[id] = (place: [try row.integer("rank"), tag], waited: waited)
            events.append((id, try row.integer("position"), try row.integer("epoch"), .state(.leased)))
            lanes.insert(lane)
            runs.append(.init(job: id, workspace: lane.workspace, kind: lane.kind, epoch: try row.integer("epoch")))
            if try row.integer("rank") == Int64(lane.band) { tags[lane.band] = max(tags[lane.band] ?? 0, tag) }
            connection.announce(Key.job(id, in: lane.workspace))
        }
        try JobJournal.append(events, on: connection)
        FaultPoint.reach(.claiming)
        try advance(tags, on: connection)
        let allowances = try begin(runs, books, on: connection)
        let jobs = try JobRow.jobs(
            try connection.query(
                "SELECT \(JobRow.columns) FROM \(JobRow.tables) WHERE j.id \(dialect.isAmong("$1"))",
                [dialect.list(Set(waits.keys).subtracting(allowances.refused))]))
        let claimed = jobs.map { job in
            LeasedJob(job: job, waited: waits[job.id]?.waited ?? .zero, allowance: allowances.granted[job.id])
        }.sorted { left, right in
            let (left, right) = (waits[left.job.id]?.place ?? [], waits[right.job.id]?.place ?? [])
            return left.lexicographicallyPrecedes(right)
        }
        return Claim(
            jobs: claimed, lanes: try thin(lanes, fronts, on: connection), refusals: allowances.aftermath)
    }

    /// Moves the clocks of bands on to what was claimed. When another claim is about to, this one leaves it to that: the
    /// clock may lag by a claim, but nobody waits for a lock.
    private static func advance(_ tags: [Int: Int64], on connection: any SQLConnection) throws(StorageError) {
        for (band, tag) in tags.sorted(by: { $0.key < $1.key }) {
            try connection.execute(
                """
                UPDATE fair_clock SET time = $2 WHERE band IN (
                    SELECT band FROM fair_clock WHERE band = $1 AND time < $2 \(connection.dialect.skipLocked))
                """, [SQLValue(band), .integer(tag)])
        }
    }

    /// Those of the lanes that have less than half a window of ready jobs left, and waiting ones. Indexes: live_held,
    /// live_parked; not by `EXISTS … OR EXISTS …`, for which PostgreSQL reads every job that waits.
    static func thin(
        _ lanes: Set<Lane>, _ fronts: LaneFronts?, on connection: any SQLConnection
    ) throws(StorageError) -> Set<Lane> {
        let dialect = connection.dialect
        var rows = SQLRows()
        for lane in lanes {
            let place = dialect.keepsDeadEntries ? fronts?.place(in: lane) : nil
            rows.append(lane.values + [SQLValue(place?.priority), SQLValue(place?.job)])
        }
        let inLane =
            "l.workspace = lane.workspace AND l.band = lane.band AND l.kind = lane.kind AND l.caps = lane.caps"
        var thin: Set<Lane> = []
        for row in try connection.query(
            """
            SELECT lane.workspace AS workspace, lane.band AS band, lane.kind AS kind, lane.caps AS caps
            FROM \(dialect.rows("$1", as: "lane", [
                ("workspace", .id), ("band", .integer), ("kind", .text), ("caps", .text), ("passed_priority", .integer),
                ("passed", .id),
            ]))
            WHERE (SELECT COUNT(*) FROM live_job l
                    WHERE l.state IN ('ready', 'leased') AND l.state = 'ready' AND \(inLane))
                    <= \(Lane.window / 2)
                AND COALESCE(
                    (SELECT 1 FROM live_job l WHERE l.state = 'parked' AND \(inLane)
                        AND l.priority = lane.passed_priority AND l.job > lane.passed LIMIT 1),
                    (SELECT 1 FROM live_job l WHERE l.state = 'parked' AND \(inLane) LIMIT 1)) IS NOT NULL
            """, [rows.value])
        {
            thin.insert(try Lane(row))
        }
        return thin
    }

    package func record(_ updates: [JobUpdate], under lease: JobLease) async throws(StorageError) -> Bool {
        try await database.write { connection throws(StorageError) in
            try Self.record(updates, under: lease, on: connection)
        }
    }

    package func finish(_ endings: [LeaseEnding]) async throws(StorageError) -> [StorageError?] {
        guard !endings.isEmpty else { return [] }
        return try await change { connection throws(StorageError) in
            try Self.finish(endings, on: connection)
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
            var rates: [String: StageRate] = [:]
            for row in try connection.query(
                """
                SELECT key, samples, seconds_per_unit FROM stage_rate
                WHERE key \(connection.dialect.isAmong("$1", .text))
                """, [connection.dialect.list(keys)])
            {
                rates[try row.text("key")] = StageRate(
                    samples: Int(try row.integer("samples")),
                    secondsPerUnit: try row.optionalDouble("seconds_per_unit") ?? 0)
            }
            return rates
        }
    }

    package func readySignals() -> AsyncStream<Void> { database.signals(for: Key.ready) }
}
