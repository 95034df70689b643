import Model
import Storage

/// Statements on people's accounts at identity providers.
enum IdentityRows {
    /// Whose account that is here. Index: the primary key.
    static func user(
        of subject: String, at issuer: String, on connection: any SQLConnection
    ) throws(StorageError) -> UserID? {
        try connection.query(
            "SELECT user_id FROM identities WHERE provider = $1 AND subject = $2", [.text(issuer), .text(subject)]
        ).first?.id("user_id")
    }

    static func insert(
        subject: String, of user: UserID, email: String, at issuer: String, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            """
            INSERT INTO identities (provider, subject, user_id, email, created_at)
            VALUES ($1, $2, $3, $4, now_us()) ON CONFLICT (provider, subject) DO NOTHING
            """, [.text(issuer), .text(subject), SQLValue(user), .text(email)])
    }
}
