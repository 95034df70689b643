import Model
import Storage

/// Secrets that work once and not for long: links in letters, second steps, sign-ins under way at a provider.
enum OneTimeTokens {
    /// What a token is for; one for another purpose is none at all.
    enum Purpose: String, Sendable {
        case signUp = "sign-up"
        case reset
        /// Another e-mail address.
        case email
        case owner
        case secondStep = "second-step"
        case provider
        /// Stands where another one would, so that the database does the same work for an unknown address.
        case decoy
    }

    /// Stores a token's digest.
    ///
    /// - Parameter content: what will be needed when it comes back.
    static func insert(
        _ token: TokenDigest, for purpose: Purpose, user: UserID?, content: String = "", lifetime: Duration,
        on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            """
            INSERT INTO one_time_tokens (token_hash, purpose, user_id, content, expires_at, created_at)
            VALUES ($1, $2, $3, $4, now_us() + $5, now_us())
            """,
            [
                .text(token.text), .text(purpose.rawValue), SQLValue(user), .text(content),
                .integer(lifetime.microseconds),
            ])
    }

    /// Uses a token up. Of any number of callers, one gets it; nil when it is unknown, used or too old.
    static func consume(
        _ token: TokenDigest, for purpose: Purpose, on connection: any SQLConnection
    ) throws(StorageError) -> Found? {
        try connection.query(
            """
            UPDATE one_time_tokens SET used_at = now_us()
            WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now_us()
            RETURNING user_id, content, attempts
            """, [.text(token.text), .text(purpose.rawValue)]
        ).first.map(found)
    }

    /// Uses a token up together with all others for its purpose; tells whether it was open. Of any number of callers with any
    /// of these tokens, one succeeds.
    static func consumeAll(
        _ token: TokenDigest, for purpose: Purpose, on connection: any SQLConnection
    ) throws(StorageError) -> Bool {
        let used = try connection.query(
            """
            UPDATE one_time_tokens SET used_at = now_us()
            WHERE purpose = $2 AND used_at IS NULL AND EXISTS (SELECT 1 FROM one_time_tokens AS given
                WHERE given.token_hash = $1 AND given.purpose = $2 AND given.used_at IS NULL
                    AND given.expires_at > now_us())
            RETURNING token_hash
            """, [.text(token.text), .text(purpose.rawValue)])
        for row in used where try row.text("token_hash") == token.text { return true }
        return false
    }

    /// Whether a token could be used now, without using it.
    static func isOpen(
        _ token: TokenDigest, for purpose: Purpose, on connection: any SQLConnection
    ) throws(StorageError) -> Bool {
        try !connection.query(
            """
            SELECT 1 AS one FROM one_time_tokens
            WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now_us()
            """, [.text(token.text), .text(purpose.rawValue)]
        ).isEmpty
    }

    /// Counts one attempt at a token that allows several, and locks it; nil when there is none, or no attempt is left.
    static func attempt(
        _ token: TokenDigest, for purpose: Purpose, limit: Int, on connection: any SQLConnection
    ) throws(StorageError) -> Found? {
        try connection.query(
            """
            UPDATE one_time_tokens SET attempts = attempts + 1
            WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now_us() AND attempts < $3
            RETURNING user_id, content, attempts
            """, [.text(token.text), .text(purpose.rawValue), SQLValue(limit)]
        ).first.map(found)
    }

    /// Removes a person's tokens for a purpose but the newest. Index: one_time_tokens_user.
    static func trim(
        to count: Int, for purpose: Purpose, user: UserID, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            """
            DELETE FROM one_time_tokens WHERE user_id = $1 AND purpose = $2 AND token_hash NOT IN (
                SELECT token_hash FROM one_time_tokens WHERE user_id = $1 AND purpose = $2
                ORDER BY created_at DESC, token_hash LIMIT $3)
            """, [SQLValue(user), .text(purpose.rawValue), SQLValue(count)])
    }

    /// Removes a person's tokens for a purpose. Index: one_time_tokens_user.
    static func remove(
        for purpose: Purpose, user: UserID, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            "DELETE FROM one_time_tokens WHERE user_id = $1 AND purpose = $2",
            [SQLValue(user), .text(purpose.rawValue)])
    }

    /// Removes what has expired; returns how much. Index: one_time_tokens_expiry.
    static func sweep(on connection: any SQLConnection) throws(StorageError) -> Int {
        try connection.execute("DELETE FROM one_time_tokens WHERE expires_at <= now_us()")
    }

    /// A token that came back.
    struct Found: Sendable {
        let user: UserID?
        let content: String
        let attempts: Int64
    }

    private static func found(_ row: SQLRow) throws(StorageError) -> Found {
        Found(
            user: try row.optionalID("user_id"), content: try row.text("content"),
            attempts: try row.integer("attempts"))
    }
}
