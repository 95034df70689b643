import Endpoints
package import Model
package import Storage

/// Bounds of workspaces, kept in the transaction of what they bound: one conditional UPDATE decides, so that no number of
/// callers at once goes beyond.
extension SQLConnection {
    /// Counts something that is there from now on: a project, bytes of a file, jobs.
    ///
    /// - Throws: `Problem`: `quotaExceeded` when the bound would be passed; nothing is counted then.
    package func take(_ amount: Int64, of meter: Meter, in workspace: WorkspaceID, plans: PlanCatalog) throws {
        try quotaChecked(amount)
        let period = try quotaPeriod(of: meter)
        let changed = try quotaUpdate("used = used + $4", amount, meter, period, workspace, plans)
        guard changed else { throw try quotaRefusal(amount, meter, period, workspace) }
    }

    /// Counts something that is gone.
    package func giveBack(_ amount: Int64, of meter: Meter, in workspace: WorkspaceID) throws {
        try quotaChecked(amount)
        // Never below zero: after a correction by the reconciler, what it had already taken off comes back here.
        try execute(
            """
            UPDATE quota_counter SET used = CASE WHEN used > $4 THEN used - $4 ELSE 0 END
            WHERE workspace = $1 AND meter = $2 AND period = $3
            """, [SQLValue(workspace), .text(meter.rawValue), .text(try quotaPeriod(of: meter)), .integer(amount)])
    }

    /// Counts what was used already, whatever the bound: the truth is kept also where it passes the bound.
    package func charge(_ amount: Int64, of meter: Meter, in workspace: WorkspaceID, plans: PlanCatalog) throws {
        try quotaChecked(amount)
        let plan = plans.plan(of: try Workspace.read(workspace, on: self))
        try execute(
            """
            INSERT INTO quota_counter (workspace, meter, period, used, cap) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (workspace, meter, period) DO UPDATE SET used = quota_counter.used + excluded.used
            """,
            [
                SQLValue(workspace), .text(meter.rawValue), .text(try quotaPeriod(of: meter)), .integer(amount),
                SQLValue(plan.cap(of: meter)),
            ])
    }

    /// Refuses when a bound is used up; what is only set aside may come back.
    ///
    /// - Throws: `Problem`: `quotaExceeded`.
    package func checkLeft(of meter: Meter, in workspace: WorkspaceID) throws {
        let period = try quotaPeriod(of: meter)
        let full = try query(
            """
            SELECT used FROM quota_counter
            WHERE workspace = $1 AND meter = $2 AND period = $3 AND cap IS NOT NULL AND used >= cap
            """, [SQLValue(workspace), .text(meter.rawValue), .text(period)])
        guard full.isEmpty else { throw try quotaRefusal(1, meter, period, workspace) }
    }

    /// What is left of a meter in those workspaces whose plan bounds it. Their counters are locked until the commit, in the
    /// order of the workspaces.
    func lockLeft(
        of meter: Meter, in workspaces: Set<WorkspaceID>, plans: PlanCatalog
    ) throws(StorageError) -> [WorkspaceID: Int64] {
        var caps: [WorkspaceID: Int64] = [:]
        var period = ""
        for row in try query(
            "SELECT id, plan, now_us() AS now FROM workspace WHERE id \(dialect.isAmong("$1"))",
            [dialect.list(workspaces)])
        {
            let id: WorkspaceID = try row.id("id")
            guard let cap = plans.plan(try row.text("plan"), of: id).cap(of: meter) else { continue }
            caps[id] = cap
            if meter.isMonthly { period = Month(of: try row.time("now")).description }
        }
        guard !caps.isEmpty else { return [:] }
        let sql = """
            SELECT workspace, used, reserved, cap FROM quota_counter
            WHERE workspace \(dialect.isAmong("$1")) AND meter = $2 AND period = $3 ORDER BY workspace \(dialect.forUpdate)
            """
        let values: [SQLValue] = [dialect.list(caps.keys), .text(meter.rawValue), .text(period)]
        var rows = try query(sql, values)
        if rows.count < caps.count {
            try execute(
                """
                INSERT INTO quota_counter (workspace, meter, period, cap) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
                """,
                batch: caps.sorted { $0.key < $1.key }.map { workspace, cap in
                    [SQLValue(workspace), .text(meter.rawValue), .text(period), .integer(cap)]
                })
            rows = try query(sql, values)
        }
        var left: [WorkspaceID: Int64] = [:]
        for row in rows {
            guard let cap = try row.optionalInteger("cap") else { continue }
            left[try row.id("workspace")] = cap - (try row.integer("used")) - (try row.integer("reserved"))
        }
        return left
    }

    /// Sets an amount aside for work that may use that much, until it is settled, released or lapses. Asking again with the
    /// same source and amount changes nothing.
    ///
    /// - Parameters:
    ///   - source: what it is for, with whatever makes one try of it distinct: a job's id and epoch.
    ///   - lifetime: when it lapses unless it is extended.
    /// - Throws: `Problem`: `quotaExceeded`; `conflict` for a source that has reserved another amount or is over.
    package func reserve(
        _ amount: Int64, of meter: Meter, for source: String, lifetime: Duration, in workspace: WorkspaceID,
        plans: PlanCatalog
    ) throws {
        try quotaChecked(amount)
        guard try !isReserved(amount, meter, source, workspace) else { return }
        let period = try quotaPeriod(of: meter)
        let changed = try quotaUpdate("reserved = reserved + $4", amount, meter, period, workspace, plans)
        guard changed else { throw try quotaRefusal(amount, meter, period, workspace) }
        let made = try execute(
            """
            INSERT INTO quota_reservation (workspace, source, meter, period, amount, state, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, 'open', now_us(), now_us() + $6) ON CONFLICT DO NOTHING
            """,
            [
                SQLValue(workspace), .text(source), .text(meter.rawValue), .text(period), .integer(amount),
                .integer(lifetime.microseconds),
            ])
        guard made == 0 else { return }
        // Somebody was faster with the same source.
        try execute(
            "UPDATE quota_counter SET reserved = reserved - $4 WHERE workspace = $1 AND meter = $2 AND period = $3",
            [SQLValue(workspace), .text(meter.rawValue), .text(period), .integer(amount)])
        _ = try isReserved(amount, meter, source, workspace)
    }

    /// Sets amounts aside in a counter that ``lockLeft(of:in:plans:)`` has locked and that has room for them; for sources that
    /// are new.
    func reserveLocked(
        _ amounts: [(source: String, amount: Int64, lifetime: Duration)], of meter: Meter, in workspace: WorkspaceID
    ) throws {
        guard !amounts.isEmpty else { return }
        let period = try quotaPeriod(of: meter)
        try execute(
            "UPDATE quota_counter SET reserved = reserved + $4 WHERE workspace = $1 AND meter = $2 AND period = $3",
            [
                SQLValue(workspace), .text(meter.rawValue), .text(period),
                .integer(amounts.reduce(0) { $0 + $1.amount }),
            ])
        try execute(
            """
            INSERT INTO quota_reservation (workspace, source, meter, period, amount, state, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, 'open', now_us(), now_us() + $6)
            """,
            batch: amounts.map { source, amount, lifetime in
                [
                    SQLValue(workspace), .text(source), .text(meter.rawValue), .text(period), .integer(amount),
                    .integer(lifetime.microseconds),
                ]
            })
    }

    /// Puts off the moment in which an open reservation lapses; false when there is none.
    package func extendReservation(
        of meter: Meter, for source: String, lifetime: Duration, in workspace: WorkspaceID
    ) throws(StorageError) -> Bool {
        try execute(
            """
            UPDATE quota_reservation SET expires_at = now_us() + $4
            WHERE workspace = $1 AND source = $2 AND meter = $3 AND state = 'open'
            """,
            [SQLValue(workspace), .text(source), .text(meter.rawValue), .integer(lifetime.microseconds)]) == 1
    }

    /// Ends a reservation with what was really used.
    ///
    /// - Returns: the period in which that is counted; nil when the reservation is over already: then nothing is counted, so
    ///   settling twice counts once.
    package func settle(
        _ used: Int64, of meter: Meter, for source: String, in workspace: WorkspaceID
    ) throws -> String? {
        try quotaChecked(used)
        return try endReservation("settled", used, meter, source, workspace)
    }

    /// Ends a reservation of which nothing was used. False when it is over already.
    package func release(
        _ meter: Meter, for source: String, in workspace: WorkspaceID
    ) throws(StorageError) -> Bool {
        guard try endReservation("released", 0, meter, source, workspace) != nil else { return false }
        if meter == .processingMilliseconds { try letJobsGo(in: workspace) }
        return true
    }

    private func endReservation(
        _ state: String, _ used: Int64, _ meter: Meter, _ source: String, _ workspace: WorkspaceID
    ) throws(StorageError) -> String? {
        let ended = try query(
            """
            UPDATE quota_reservation SET state = $4, settled = $5
            WHERE workspace = $1 AND source = $2 AND meter = $3 AND state = 'open' RETURNING amount, period
            """,
            [SQLValue(workspace), .text(source), .text(meter.rawValue), .text(state), .integer(used)])
        guard let row = ended.first else { return nil }
        let (period, amount) = (try row.text("period"), try row.integer("amount"))
        try execute(
            """
            UPDATE quota_counter SET used = used + $5,
                reserved = CASE WHEN reserved > $4 THEN reserved - $4 ELSE 0 END
            WHERE workspace = $1 AND meter = $2 AND period = $3
            """,
            [
                SQLValue(workspace), .text(meter.rawValue), .text(period), .integer(amount), .integer(used),
            ])
        return period
    }

    /// Lets jobs start that waited for processing time; one that is suspended stays so.
    func letJobsGo(in workspace: WorkspaceID) throws(StorageError) {
        try SQLJobStore.letGo(workspace, before: SQLJobStore.forever, on: self)
    }

    /// Whether the same reservation is open.
    private func isReserved(
        _ amount: Int64, _ meter: Meter, _ source: String, _ workspace: WorkspaceID
    ) throws -> Bool {
        let rows = try query(
            "SELECT amount, state FROM quota_reservation WHERE workspace = $1 AND source = $2 AND meter = $3",
            [SQLValue(workspace), .text(source), .text(meter.rawValue)])
        guard let row = rows.first else { return false }
        guard try row.text("state") == "open", try row.integer("amount") == amount else {
            throw Problem(
                .conflict, "'\(source)' has reserved another amount of \(meter.rawValue), or its reservation is over.")
        }
        return true
    }

    // MARK: Counters

    /// The period that a meter counts in now.
    private func quotaPeriod(of meter: Meter) throws(StorageError) -> String {
        guard meter.isMonthly else { return "" }
        return Month(of: try row("SELECT now_us() AS now").time("now")).description
    }

    /// The one statement that decides. False when the bound would be passed.
    private func quotaUpdate(
        _ change: String, _ amount: Int64, _ meter: Meter, _ period: String, _ workspace: WorkspaceID,
        _ plans: PlanCatalog
    ) throws -> Bool {
        let sql = """
            UPDATE quota_counter SET \(change) WHERE workspace = $1 AND meter = $2 AND period = $3
                AND (cap IS NULL OR used + reserved + $4 <= cap) RETURNING used
            """
        let values: [SQLValue] = [
            SQLValue(workspace), .text(meter.rawValue), .text(period), .integer(amount),
        ]
        if try !query(sql, values).isEmpty { return true }
        // The first of a month, or of a meter that is new.
        let plan = plans.plan(of: try Workspace.read(workspace, on: self))
        try execute(
            """
            INSERT INTO quota_counter (workspace, meter, period, cap) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
            """, [SQLValue(workspace), .text(meter.rawValue), .text(period), SQLValue(plan.cap(of: meter))])
        return try !query(sql, values).isEmpty
    }

    /// Why a bound refuses that much, or anything.
    func quotaRefusal(
        _ amount: Int64?, _ meter: Meter, _ period: String, _ workspace: WorkspaceID
    ) throws(StorageError) -> Problem {
        let rows = try query(
            "SELECT \(QuotaCounter.columns) FROM quota_counter WHERE workspace = $1 AND meter = $2 AND period = $3",
            [SQLValue(workspace), .text(meter.rawValue), .text(period)])
        guard let row = rows.first else { throw StorageError(.corrupt, "The counter of \(meter.rawValue) is gone.") }
        let counter = try QuotaCounter(row)
        let reserved = counter.reserved > 0 ? " and \(counter.reserved) are reserved" : ""
        return Problem(
            .quotaExceeded,
            """
            The plan allows \(counter.cap ?? 0) \(meter.title); \(counter.used) are used\(reserved), and this needs \
            \(amount.map { "\($0) " } ?? "")more. Remove something, wait, or take a larger plan.
            """, field: meter.rawValue)
    }

    private func quotaChecked(_ amount: Int64) throws {
        // Sums of two of them stay far from the end of 64 bits.
        guard (0...(1 << 53)).contains(amount) else {
            throw Problem(.unprocessable, "An amount must lie between 0 and 2^53.")
        }
    }
}
