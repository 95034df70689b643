package import Model
import Storage

extension APIKeyService {
    /// A key that is known and was refused.
    package struct RefusedKey: Hashable, Sendable {
        package let id: APIKeyID
        package let workspace: WorkspaceID
        /// For the audit log of the workspace; whoever came with the key is not told.
        package let reason: String
    }

    /// Whose key it is that was refused; nil for one that never was. Costs the same for both. Index: the unique one on
    /// `prefix`.
    package func refused(_ secret: Secret) async throws -> RefusedKey? {
        guard let given = APIKeySecret(secret) else { return nil }
        return try await database.read { connection throws(StorageError) in
            let row = try connection.query(
                """
                SELECT id, workspace, secret_hash, revoked_at,
                    CASE WHEN expires_at <= now_us() THEN 1 ELSE 0 END AS is_over
                FROM api_keys WHERE prefix = $1
                """, [.text(given.prefix)]
            ).first
            guard let row else { return nil }
            let reason =
                if try row.text("secret_hash") != given.digest.text {
                    "Only the beginning of the key is right."
                } else if try row.optionalTime("revoked_at") != nil {
                    "The key is revoked."
                } else if try row.bool("is_over") {
                    "The key has expired."
                } else {
                    "Whose key it is may not come in."
                }
            return RefusedKey(id: try row.id("id"), workspace: try row.id("workspace"), reason: reason)
        }
    }
}
