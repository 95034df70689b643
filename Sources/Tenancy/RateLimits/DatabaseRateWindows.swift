package import Storage
import Model
import Synchronization

/// Trailing windows in the database, one row for each key: for several nodes without a Redis. The clock is the database's.
///
/// Each call is a small transaction that waits for the row, so it suits classes of few calls; a busy server has a Redis.
package final class DatabaseRateWindows: RateWindows {
    private let database: any SQLDatabase
    private let untilSweep = Mutex(DatabaseRateWindows.sweepInterval)

    /// Every so many calls, rows that count nothing are removed.
    private static let sweepInterval = 500

    package init(database: any SQLDatabase) {
        self.database = database
    }

    package func admit(_ key: String, within bound: RateBound) async throws(StorageError) -> RateAdmission {
        let isSweeping = untilSweep.withLock { count in
            count = count > 1 ? count - 1 : Self.sweepInterval
            return count == Self.sweepInterval
        }
        // A crash of the database's host may forget the newest calls, not more.
        return try await database.write(.derived) { connection throws(StorageError) in
            if isSweeping { try Self.sweep(connection) }
            // The update changes nothing; it takes the row.
            let row = try connection.row(
                """
                INSERT INTO rate_window (key, moments, ends_at) VALUES ($1, '', 0)
                ON CONFLICT (key) DO UPDATE SET ends_at = rate_window.ends_at RETURNING moments
                """, [.text(key)])
            // Asked once the row is ours: whoever waited for it must not count at the moment when the wait began.
            let now = try connection.row("SELECT now_us() AS now").integer("now")
            var ring = RateRing(moments: try row.text("moments").split(separator: " ").compactMap { Int64($0) })
            let admission = ring.admit(at: now, within: bound)
            if admission.isAdmitted {
                try connection.execute(
                    "UPDATE rate_window SET moments = $2, ends_at = $3 WHERE key = $1",
                    [
                        .text(key), .text(ring.moments.map(String.init).joined(separator: " ")),
                        .integer(ring.end(of: bound)),
                    ])
            }
            return admission
        }
    }

    /// Removes rows of the past, by the index on `ends_at`.
    private static func sweep(_ connection: any SQLConnection) throws(StorageError) {
        try connection.execute(
            """
            DELETE FROM rate_window WHERE key IN (
                SELECT key FROM rate_window WHERE ends_at < now_us() ORDER BY ends_at LIMIT 1000
                \(connection.dialect.skipLocked))
            """)
    }
}
