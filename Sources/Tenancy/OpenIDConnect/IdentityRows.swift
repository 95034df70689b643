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

    /// Forgets a person's accounts at a provider; returns how many there were. Index: identities_user.
    static func remove(
        of user: UserID, at issuer: String, on connection: any SQLConnection
    ) throws(StorageError) -> Int {
        try connection.execute(
            "DELETE FROM identities WHERE user_id = $1 AND provider = $2", [SQLValue(user), .text(issuer)])
    }

    /// The issuers at which a person has accounts. Index: identities_user.
    static func issuers(of user: UserID, on connection: any SQLConnection) throws(StorageError) -> Set<String> {
        var issuers: Set<String> = []
        for row in try connection.query("SELECT provider FROM identities WHERE user_id = $1", [SQLValue(user)]) {
            issuers.insert(try row.text("provider"))
        }
        return issuers
    }
}
