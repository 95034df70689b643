package import Model
package import Storage
import Synchronization

/// Keeps the first answer to each `Idempotency-Key` for a day, so that a request that is sent again is not carried out again.
///
/// The row of a key is written before the work begins and gets the answer after it. A process that dies in between leaves a
/// row without an answer; it lapses by the database's clock, and then the request may be sent again: work that a key guards
/// this way is done at least once, and never twice while the first is alive.
package final class AnswerStore: Sendable {
    private let database: any SQLDatabase
    private let untilSweep = Mutex(AnswerStore.sweepInterval)

    /// How long answers are kept.
    package static let lifetime: Duration = .seconds(86_400)
    /// How long a request may take before its key counts as abandoned: longer than any handler waits.
    package static let patience: Duration = .seconds(180)
    /// Every so many requests, rows of the past are removed.
    private static let sweepInterval = 200

    package init(database: any SQLDatabase) {
        self.database = database
    }

    /// A key of one caller for one operation.
    package struct Key: Hashable, Sendable {
        package let workspace: WorkspaceID
        /// Who calls, within the workspace.
        package let principal: String
        package let operation: String
        package let key: String

        package init(workspace: WorkspaceID, principal: String, operation: String, key: String) {
            self.workspace = workspace
            self.principal = principal
            self.operation = operation
            self.key = key
        }

        fileprivate var values: [SQLValue] { [SQLValue(workspace), .text(principal), .text(operation), .text(key)] }
    }

    /// What a key turns out to be.
    package enum Finding: Hashable, Sendable {
        /// The caller of this carries the request out, and then ``keep(_:for:holder:)``s or ``release(_:holder:)``s.
        case mine
        /// The first request was answered so.
        case answered(String)
        /// Somebody else carries it out; at the latest after this time the key is free again.
        case inFlight(Duration)
        /// The key belongs to a request with another content.
        case otherRequest
    }

    /// Takes a key for the request with that hash, or says what became of it.
    ///
    /// - Parameter holder: names this attempt, and no other.
    package func begin(_ key: Key, requestHash: String, holder: String) async throws(StorageError) -> Finding {
        let isSweeping = untilSweep.withLock { count in
            count = count > 1 ? count - 1 : Self.sweepInterval
            return count == Self.sweepInterval
        }
        return try await database.write { connection throws(StorageError) in
            if isSweeping { try Self.sweep(connection) }
            let taken = try connection.query(
                """
                INSERT INTO idempotency_key
                    (workspace, principal, operation, key, request_hash, holder, answer, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6, NULL, now_us() + $7)
                ON CONFLICT (workspace, principal, operation, key) DO UPDATE
                SET request_hash = excluded.request_hash, holder = excluded.holder, answer = NULL,
                    expires_at = excluded.expires_at
                WHERE idempotency_key.expires_at <= now_us()
                RETURNING holder
                """,
                key.values + [.text(requestHash), .text(holder), .integer(Self.patience.microseconds)])
            guard taken.isEmpty else { return .mine }
            let row = try connection.row(
                """
                SELECT request_hash, answer, expires_at - now_us() AS remaining FROM idempotency_key
                WHERE workspace = $1 AND principal = $2 AND operation = $3 AND key = $4 \(connection.dialect.forUpdate)
                """, key.values)
            guard try row.text("request_hash") == requestHash else { return .otherRequest }
            if let answer = try row.optionalText("answer") { return .answered(answer) }
            return .inFlight(.microseconds(max(0, try row.integer("remaining"))))
        }
    }

    /// Keeps the answer, unless the key was abandoned and taken by another attempt meanwhile.
    package func keep(_ answer: String, for key: Key, holder: String) async throws(StorageError) {
        _ = try await database.write { connection throws(StorageError) in
            try connection.execute(
                """
                UPDATE idempotency_key SET answer = $6, expires_at = now_us() + $7
                WHERE workspace = $1 AND principal = $2 AND operation = $3 AND key = $4 AND holder = $5
                """, key.values + [.text(holder), .text(answer), .integer(Self.lifetime.microseconds)])
        }
    }

    /// Gives the key back: nothing was done, so the request may be mended and sent again under it.
    package func release(_ key: Key, holder: String) async throws(StorageError) {
        _ = try await database.write { connection throws(StorageError) in
            try connection.execute(
                """
                DELETE FROM idempotency_key
                WHERE workspace = $1 AND principal = $2 AND operation = $3 AND key = $4 AND holder = $5
                    AND answer IS NULL
                """, key.values + [.text(holder)])
        }
    }

    /// Removes rows of the past, by the index on `expires_at`.
    private static func sweep(_ connection: any SQLConnection) throws(StorageError) {
        try connection.execute(
            """
            DELETE FROM idempotency_key WHERE (workspace, principal, operation, key) IN (
                SELECT workspace, principal, operation, key FROM idempotency_key
                WHERE expires_at <= now_us() ORDER BY expires_at LIMIT 500 \(connection.dialect.skipLocked))
            """)
    }
}
