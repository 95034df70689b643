import Model
import Storage

/// Statements on the table of API keys, each on the connection of the caller's transaction.
enum APIKeyRows {
    /// Revokes keys of a workspace, which is locked, for good, and with them every key that they made, and that those made.
    /// Indexes: the primary key, api_keys_user or api_keys_workspace, then api_keys_made_by.
    ///
    /// - Parameter condition: of the keys to begin with; the workspace is `$1`, `value` is `$2`.
    /// - Returns: those that were alive.
    static func revoke(
        where condition: String, _ value: SQLValue, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> [(id: APIKeyID, cached: SessionKey)] {
        let rows = try connection.query(
            """
            WITH RECURSIVE ended (id) AS (
                SELECT id FROM api_keys WHERE workspace = $1 AND \(condition) AND revoked_at IS NULL
                UNION SELECT api_keys.id FROM api_keys JOIN ended ON api_keys.made_by = ended.id
            )
            UPDATE api_keys SET revoked_at = now_us() WHERE id IN (SELECT id FROM ended) AND revoked_at IS NULL
            RETURNING id, secret_hash
            """, [SQLValue(workspace), value])
        return try rows.map { row throws(StorageError) in
            (try row.id("id"), .token(TokenDigest(stored: try row.text("secret_hash"))))
        }
    }

    /// Under what caches may hold a person's keys, and those that come from them.
    static func cached(of user: UserID, on connection: any SQLConnection) throws(StorageError) -> [SessionKey] {
        let rows = try connection.query(
            """
            WITH RECURSIVE known (id) AS (
                SELECT id FROM api_keys WHERE user_id = $1
                UNION SELECT api_keys.id FROM api_keys JOIN known ON api_keys.made_by = known.id
            )
            SELECT secret_hash FROM api_keys WHERE id IN (SELECT id FROM known)
            """, [SQLValue(user)])
        return try rows.map { row throws(StorageError) in .token(TokenDigest(stored: try row.text("secret_hash"))) }
    }
}
