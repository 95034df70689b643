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
            let plan = tenants.plans.plan(try Workspace.read(workspace, on: connection).plan)
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
        try await tenants.database.write { connection throws(StorageError) in
            let lapsed = try connection.query(
                """
                SELECT workspace, source, meter FROM quota_reservation WHERE state = 'open' AND expires_at <= now_us()
                ORDER BY workspace, meter, source LIMIT \(max(limit, 1)) \(connection.dialect.skipLocked)
                """)
            var released = 0
            for row in lapsed {
                guard let meter = Meter(rawValue: try row.text("meter")) else { continue }
                if try connection.release(meter, for: try row.text("source"), in: try row.id("workspace")) {
                    released += 1
                }
            }
            return released
        }
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
    /// alert.
    package func reconcile(_ workspace: WorkspaceID) async throws -> [QuotaDrift] {
        try await tenants.database.write { connection throws(StorageError) in
            let month = Month(of: try connection.row("SELECT now_us() AS now").time("now")).description
            // Locked first: what is taken or given back meanwhile waits, and then builds on the count.
            let rows = try connection.query(
                """
                SELECT \(QuotaCounter.columns) FROM quota_counter
                WHERE workspace = $1 AND (period = $2 OR period = '') ORDER BY meter, period
                \(connection.dialect.forUpdate)
                """, [SQLValue(workspace), .text(month)])
            var drifts: [QuotaDrift] = []
            for row in rows {
                let counter = try QuotaCounter(row)
                let key: [SQLValue] = [SQLValue(workspace), .text(counter.meter), .text(counter.period)]
                let open = try connection.row(
                    """
                    SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS amount FROM quota_reservation
                    WHERE workspace = $1 AND meter = $2 AND period = $3 AND state = 'open'
                    """, key
                ).integer("amount")
                let recount = recounts.first { $0.meter.rawValue == counter.meter }
                let used = try recount?.count(workspace, counter.period, connection) ?? counter.used
                guard used != counter.used || open != counter.reserved else { continue }
                try connection.execute(
                    """
                    UPDATE quota_counter SET used = $4, reserved = $5
                    WHERE workspace = $1 AND meter = $2 AND period = $3
                    """, key + [.integer(used), .integer(open)])
                drifts.append(
                    QuotaDrift(
                        workspace: workspace, meter: counter.meter, used: used - counter.used,
                        reserved: open - counter.reserved))
            }
            return drifts
        }
    }
}
