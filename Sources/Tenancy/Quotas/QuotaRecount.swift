package import Model
package import Storage

/// Counts what a meter should say from the rows that it counts.
package struct QuotaRecount: Sendable {
    package let meter: Meter
    /// The amount in a workspace; the period is empty for a meter that is not monthly.
    package let count: @Sendable (WorkspaceID, _ period: String, any SQLConnection) throws(StorageError) -> Int64

    package init(
        _ meter: Meter,
        count: @escaping @Sendable (WorkspaceID, String, any SQLConnection) throws(StorageError) -> Int64
    ) {
        self.meter = meter
        self.count = count
    }

    /// Those whose rows this target and the job store keep.
    package static let standard: [QuotaRecount] = [
        .init(.projects) { workspace, _, connection throws(StorageError) in
            try connection.row("SELECT COUNT(*) AS n FROM project WHERE workspace = $1", [SQLValue(workspace)])
                .integer("n")
        },
        .init(.concurrentJobs) { workspace, _, connection throws(StorageError) in
            try connection.row("SELECT COUNT(*) AS n FROM live_job WHERE workspace = $1", [SQLValue(workspace)])
                .integer("n")
        },
        .init(.storageBytes) { workspace, _, connection throws(StorageError) in
            try connection.row(
                """
                SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) AS n FROM stored_object
                WHERE workspace = $1 AND state <> 'arriving'
                """, [SQLValue(workspace)]
            ).integer("n")
        },
        .init(.processingMilliseconds) { workspace, period, connection throws(StorageError) in
            let rows = try connection.query(
                "SELECT quantity FROM usage_total WHERE workspace = $1 AND meter = $2 AND period = $3",
                [SQLValue(workspace), .text(Meter.processingMilliseconds.rawValue), .text(period)])
            return try rows.first?.integer("quantity") ?? 0
        },
    ]
}

/// By how much a counter was wrong.
package struct QuotaDrift: Hashable, Sendable {
    package let workspace: WorkspaceID
    package let meter: String
    /// What has to be added to what the counter said.
    package let used: Int64
    package let reserved: Int64
}
