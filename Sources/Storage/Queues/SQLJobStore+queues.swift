package import Model

extension SQLJobStore: QueueControl {
    package func queues(in workspace: WorkspaceID) async throws(StorageError) -> [QueueStatus] {
        try await database.read { connection throws(StorageError) in
            var modes: [String: QueueMode] = [:]
            for row in try connection.query(
                "SELECT kind, mode FROM queue_mode WHERE workspace = $1", [SQLValue(workspace)])
            {
                modes[try row.text("kind")] = QueueMode(rawValue: try row.text("mode")) ?? .running
            }
            var states: [String: [String: Int]] = modes.mapValues { _ in [:] }
            var oldest: [String: Timestamp] = [:]
            for row in try connection.query(
                """
                SELECT kind, state, COUNT(*) AS jobs, MIN(run_at) AS oldest FROM live_job WHERE workspace = $1
                GROUP BY kind, state
                """, [SQLValue(workspace)])
            {
                let (kind, state) = (try row.text("kind"), try row.text("state"))
                states[kind, default: [:]][state] = Int(try row.integer("jobs"))
                guard state == JobState.parked.rawValue || state == JobState.ready.rawValue else { continue }
                oldest[kind] = min(try row.time("oldest"), oldest[kind] ?? .init(microseconds: .max))
            }
            return states.map { kind, states in
                QueueStatus(kind: kind, mode: modes[kind] ?? .running, states: states, oldestWaiting: oldest[kind])
            }.sorted { $0.kind < $1.kind }
        }
    }

    package func setMode(
        _ mode: QueueMode, of kind: String, in workspace: WorkspaceID
    ) async throws(StorageError) {
        try await change { connection throws(StorageError) in
            try Self.lockShares(of: workspace, on: connection)
            try connection.execute(
                """
                INSERT INTO queue_mode (workspace, kind, mode, changed_at) VALUES ($1, $2, $3, now_us())
                ON CONFLICT (workspace, kind) DO UPDATE SET mode = excluded.mode, changed_at = excluded.changed_at
                """, [SQLValue(workspace), .text(kind), .text(mode.rawValue)])
            connection.announce(Key.workspace(workspace))
            var aftermath = Aftermath()
            if mode == .paused {
                let ready = try connection.query(
                    """
                    SELECT job, workspace, band, kind, caps FROM live_job
                    WHERE state IN ('ready', 'leased') AND state = 'ready' AND workspace = $1 AND kind = $2
                    ORDER BY job \(connection.dialect.forUpdate)
                    """, [SQLValue(workspace), .text(kind)])
                aftermath = try Self.park(ready, on: connection)
            }
            // Whatever is not paused has its lanes looked at.
            aftermath.lanes.formUnion(
                try Self.waitingLanes(in: workspace, on: connection).filter { $0.kind == kind })
            return ((), aftermath)
        }
    }

    package func caps(in workspace: WorkspaceID) async throws(StorageError) -> [CapStatus] {
        try await database.read { connection throws(StorageError) in
            let own = "\(workspace)/"
            var caps: [CapStatus] = []
            for row in try connection.query(
                """
                SELECT key, slots,
                    (SELECT COUNT(*) FROM cap_slot WHERE cap_slot.key = cap.key) AS taken,
                    (SELECT COUNT(*) FROM cap_waiter WHERE cap_waiter.key = cap.key) AS waiting
                FROM cap WHERE key LIKE $1 OR key NOT LIKE 'ws\\_%/%' ESCAPE '\\' ORDER BY key
                """, [.text(own + "%")])
            {
                let key = try row.text("key")
                let isOwn = key.hasPrefix(own)
                caps.append(
                    CapStatus(
                        key: isOwn ? String(key.dropFirst(own.count)) : key, slots: Int(try row.integer("slots")),
                        taken: Int(try row.integer("taken")), waiting: Int(try row.integer("waiting")),
                        isShared: !isOwn))
            }
            return caps
        }
    }

    package func setCap(_ cap: Cap) async throws(StorageError) {
        try await change { connection throws(StorageError) in
            let key = cap.key.text
            try connection.execute(
                """
                INSERT INTO cap (key, slots) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET slots = excluded.slots
                """, [.text(key), SQLValue(cap.slots)])
            // The row is locked now, so nobody takes a slot of it until this commits.
            let taken = try connection.query("SELECT COUNT(*) AS jobs FROM cap_slot WHERE key = $1", [.text(key)])
            let excess = Int(try taken.first?.integer("jobs") ?? 0) - cap.slots
            var aftermath = Aftermath()
            if excess > 0 {
                let ready = try connection.query(
                    """
                    SELECT job, workspace, band, kind, caps FROM live_job
                    WHERE state = 'ready' AND job IN (SELECT job FROM cap_slot WHERE key = $1)
                    ORDER BY rank DESC, tag DESC, job DESC LIMIT $2 \(connection.dialect.skipLocked)
                    """, [.text(key), SQLValue(excess)])
                aftermath = try Self.park(ready, on: connection)
            }
            aftermath.caps.insert(key)
            return ((), aftermath)
        }
    }

    package func limit(of workspace: WorkspaceID) async throws(StorageError) -> WorkspaceLimit {
        try await database.read { connection throws(StorageError) in
            guard
                let row = try connection.query(
                    "SELECT weight, slots FROM workspace_limit WHERE workspace = $1", [SQLValue(workspace)]
                ).first
            else { return WorkspaceLimit() }
            return WorkspaceLimit(
                weight: Int(try row.integer("weight")), slots: try row.optionalInteger("slots").map { Int($0) })
        }
    }

    package func setLimit(_ limit: WorkspaceLimit, of workspace: WorkspaceID) async throws(StorageError) {
        try await change { connection throws(StorageError) in
            try Self.lockShares(of: workspace, on: connection)
            try connection.execute(
                """
                INSERT INTO workspace_limit (workspace, weight, slots) VALUES ($1, $2, $3)
                ON CONFLICT (workspace) DO UPDATE SET weight = excluded.weight, slots = excluded.slots
                """, [SQLValue(workspace), SQLValue(limit.weight), SQLValue(limit.slots.map { Int64($0) })])
            var aftermath = Aftermath()
            if let slots = limit.slots {
                let held = try connection.query(
                    "SELECT COUNT(*) AS jobs FROM live_job WHERE state IN ('ready', 'leased') AND workspace = $1",
                    [SQLValue(workspace)])
                let excess = Int(try held.first?.integer("jobs") ?? 0) - slots
                if excess > 0 {
                    let ready = try connection.query(
                        """
                        SELECT job, workspace, band, kind, caps FROM live_job
                        WHERE state IN ('ready', 'leased') AND state = 'ready' AND workspace = $1
                        ORDER BY rank DESC, tag DESC, job DESC LIMIT $2 \(connection.dialect.skipLocked)
                        """, [SQLValue(workspace), SQLValue(excess)])
                    aftermath = try Self.park(ready, on: connection)
                }
            }
            aftermath.lanes.formUnion(try Self.waitingLanes(in: workspace, on: connection))
            return ((), aftermath)
        }
    }

    /// Locks a workspace's accounts: nothing of it is promoted until the transaction ends.
    static func lockShares(
        of workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            "INSERT INTO fair_share (workspace, band, finish) VALUES ($1, $2, 0) ON CONFLICT (workspace, band) DO NOTHING",
            batch: Band.allCases.map { [SQLValue(workspace), SQLValue($0.rawValue)] })
        _ = try connection.query(
            "SELECT band FROM fair_share WHERE workspace = $1 ORDER BY band \(connection.dialect.forUpdate)",
            [SQLValue(workspace)])
    }

    /// Sends locked ready jobs back into their lanes.
    static func park(_ rows: [SQLRow], on connection: any SQLConnection) throws(StorageError) -> Aftermath {
        guard !rows.isEmpty else { return Aftermath() }
        var aftermath = Aftermath()
        var ids: [JobID] = []
        for row in rows {
            ids.append(try row.id("job"))
            let lane = try Lane(row)
            // Looked at again, so that it is written down as waiting.
            aftermath.lanes.insert(lane)
            aftermath.caps.formUnion(lane.capKeys)
            aftermath.workspaces.insert(lane.workspace)
        }
        let list = connection.dialect.list(ids)
        try connection.execute(
            """
            UPDATE live_job SET state = 'parked', rank = NULL, tag = NULL, cost = NULL, ready_at = NULL
            WHERE job \(connection.dialect.isAmong("$1"))
            """, [list])
        try connection.execute("DELETE FROM cap_slot WHERE job \(connection.dialect.isAmong("$1"))", [list])
        return aftermath
    }
}
