package import Model
import Storage

/// Reads the counters of workspaces, and puts them right from the rows that they count.
package struct QuotaLedger: Sendable {
    package let tenants: TenantDatabase
    /// How each meter is counted anew.
    package let recounts: [QuotaRecount]

    package init(_ tenants: TenantDatabase, recounts: [QuotaRecount] = QuotaRecount.standard) {
        self.tenants = tenants
        self.recounts = recounts
    }

    /// The counters of a workspace: those of this month and those without a month. A meter that nothing has touched yet is
    /// there too, at zero.
    package func counters(of workspace: WorkspaceID) async throws -> [QuotaCounter] {
        try await tenants.database.look { connection in
            let plan = tenants.plans.plan(of: try Workspace.read(workspace, on: connection))
            let now = try connection.row("SELECT now_us() AS now").time("now")
            let month = Month(of: now).description
            var known: [String: QuotaCounter] = [:]
            for row in try connection.query(
                """
                SELECT \(QuotaCounter.columns) FROM quota_counter
                WHERE workspace = $1 AND (period = $2 OR period = '')
                """, [SQLValue(workspace), .text(month)])
            {
                let counter = try QuotaCounter(row)
                known[counter.meter] = counter
            }
            return Meter.allCases.map { meter in
                known[meter.rawValue]
                    ?? QuotaCounter(meter: meter, period: meter.isMonthly ? month : "", cap: plan.cap(of: meter))
            }
        }
    }

    /// Takes something, in a transaction of its own. What is inserted at the same time belongs into one transaction with it:
    /// use `SQLConnection.take` there.
    package func take(_ amount: Int64, of meter: Meter, in workspace: WorkspaceID) async throws {
        try await tenants.database.transact { connection in
            try connection.take(amount, of: meter, in: workspace, plans: tenants.plans)
        }
    }

    /// Reserves, in a transaction of its own.
    package func reserve(
        _ amount: Int64, of meter: Meter, for source: String, lifetime: Duration, in workspace: WorkspaceID
    ) async throws {
        try await tenants.database.transact { connection in
            try connection.reserve(
                amount, of: meter, for: source, lifetime: lifetime, in: workspace, plans: tenants.plans)
        }
    }

    /// Releases reservations that lapsed, a limited number at a time; returns how many. Index: quota_reservation_open.
    package func releaseLapsed(limit: Int = 500) async throws -> Int {
        let lapsed = try await tenants.database.read { connection throws(StorageError) in
            try connection.query(
                """
                SELECT workspace, source, meter FROM quota_reservation WHERE state = 'open' AND expires_at <= now_us()
                ORDER BY expires_at LIMIT \(max(limit, 1))
                """)
        }
        var released = 0
        for row in lapsed {
            guard let meter = Meter(rawValue: try row.text("meter")) else { continue }
            let (source, workspace): (String, WorkspaceID) = (try row.text("source"), try row.id("workspace"))
            // Each by itself, so that this holds the locks of one workspace at a time.
            let isReleased = try await tenants.database.write { connection throws(StorageError) in
                try connection.release(meter, for: source, in: workspace)
            }
            if isReleased { released += 1 }
        }
        return released
    }

    /// Forgets reservations that are long over, a limited number at a time; returns how many.
    package func prune(olderThan age: Duration = .seconds(45 * 86_400), limit: Int = 1_000) async throws -> Int {
        try await tenants.database.write { connection throws(StorageError) in
            // Index: quota_reservation_over.
            try connection.execute(
                """
                DELETE FROM quota_reservation WHERE (workspace, source, meter) IN (
                    SELECT workspace, source, meter FROM quota_reservation
                    WHERE state <> 'open' AND expires_at < now_us() - $1 ORDER BY expires_at LIMIT \(max(limit, 1)))
                """, [.integer(age.microseconds)])
        }
    }

    /// Counts a workspace's meters anew and puts right what differs; returns the differences, of which each is a fault worth an
    /// alert. Each counter by itself: this never holds one and waits for another.
    package func reconcile(_ workspace: WorkspaceID) async throws -> [QuotaDrift] {
        var drifts: [QuotaDrift] = []
        for meter in Meter.allCases {
            let drift = try await tenants.database.write { connection throws(StorageError) in
                try reconcile(meter, in: workspace, on: connection)
            }
            if let drift { drifts.append(drift) }
        }
        return drifts
    }

    private func reconcile(
        _ meter: Meter, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> QuotaDrift? {
        let now = try connection.row("SELECT now_us() AS now").time("now")
        let period = meter.isMonthly ? Month(of: now).description : ""
        let key: [SQLValue] = [SQLValue(workspace), .text(meter.rawValue), .text(period)]
        // Locked first: what is taken or given back meanwhile waits, and then builds on the count.
        let rows = try connection.query(
            """
            SELECT \(QuotaCounter.columns) FROM quota_counter WHERE workspace = $1 AND meter = $2 AND period = $3
            \(connection.dialect.forUpdate)
            """, key)
        guard let row = rows.first else { return nil }
        let counter = try QuotaCounter(row)
        let open = try connection.row(
            """
            SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS amount FROM quota_reservation
            WHERE workspace = $1 AND meter = $2 AND period = $3 AND state = 'open'
            """, key
        ).integer("amount")
        let recount = recounts.first { $0.meter == meter }
        let used = try recount?.count(workspace, period, connection) ?? counter.used
        guard used != counter.used || open != counter.reserved else { return nil }
        try connection.execute(
            "UPDATE quota_counter SET used = $4, reserved = $5 WHERE workspace = $1 AND meter = $2 AND period = $3",
            key + [.integer(used), .integer(open)])
        if meter == .processingMilliseconds, used + open < counter.used + counter.reserved {
            try connection.letJobsGo(in: workspace)
        }
        return QuotaDrift(
            workspace: workspace, meter: meter.rawValue, used: used - counter.used, reserved: open - counter.reserved)
    }
}
