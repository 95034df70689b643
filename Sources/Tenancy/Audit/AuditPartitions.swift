import Foundation
import Model
package import Storage

/// Makes the monthly partitions of the audit log on PostgreSQL ahead of time.
///
/// By month, because that is how old entries are moved elsewhere: a partition is detached in a moment, whatever its size.
/// On SQLite the log is one table, and this does nothing.
package struct AuditPartitions: Sendable {
    package let database: any SQLDatabase

    package init(database: any SQLDatabase) {
        self.database = database
    }

    /// Makes those of this month and the following ones that are missing; returns their names. Entries that came before
    /// their partition and lie in the default one are moved. To be called daily.
    package func prepare(months: Int = 3) async throws -> [String] {
        guard database.dialect.isPostgres else { return [] }
        return try await database.write { connection throws(StorageError) in
            // Several processes may do this at once; one waits here and then finds it done.
            _ = try connection.query(
                "SELECT pg_advisory_xact_lock(hashtextextended('suisha.audit.' || coalesce(current_schema(), ''), 0))")
            let now = try connection.row("SELECT now_us() AS now").time("now")
            var made: [String] = []
            for month in Month(of: now).following(months) {
                if try Self.make(month, on: connection) { made.append(month.table) }
            }
            return made
        }
    }

    private static func make(_ month: Month, on connection: any SQLConnection) throws(StorageError) -> Bool {
        let table = month.table
        let known = try connection.query("SELECT 1 AS one WHERE to_regclass($1) IS NOT NULL", [.text(table)])
        guard known.isEmpty else { return false }
        let bounds = "\(month.start.microseconds)"
        let end = "\(month.next.start.microseconds)"
        // Nobody appends to a month between the move of its entries and the moment in which it has a partition.
        try connection.execute("LOCK TABLE audit_entry_default IN ACCESS EXCLUSIVE MODE")
        try connection.execute("CREATE TABLE \(table) (LIKE audit_entry INCLUDING ALL)")
        try connection.execute(
            """
            WITH moved AS (
                DELETE FROM audit_entry_default WHERE at >= \(bounds) AND at < \(end) RETURNING \(AuditEntry.columns))
            INSERT INTO \(table) (\(AuditEntry.columns)) SELECT \(AuditEntry.columns) FROM moved
            """)
        try connection.execute(
            "ALTER TABLE audit_entry ATTACH PARTITION \(table) FOR VALUES FROM (\(bounds)) TO (\(end))")
        return true
    }
}
