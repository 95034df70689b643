import Model
import Storage

/// Statements on TOTP secrets and recovery codes, each on the connection of the caller's transaction.
enum SecondFactorRows {
    /// After so many wrong codes in a row, no code is taken for a while.
    static let failureLimit: Int64 = 10
    static let block: Duration = .seconds(900)

    /// A stored secret, still encrypted.
    struct Stored: Sendable {
        let secret: String
        /// The last step that was used.
        let counter: Int64
        let isConfirmed: Bool
        let isBlocked: Bool
        let now: Timestamp
    }

    /// The person's secret, locked until the transaction ends. Index: credentials_single.
    static func stored(of user: UserID, on connection: any SQLConnection) throws(StorageError) -> Stored? {
        try connection.query(
            """
            SELECT secret, counter, confirmed_at, blocked_until, now_us() AS now FROM credentials
            WHERE user_id = $1 AND kind = 'totp' \(connection.dialect.forUpdate)
            """, [SQLValue(user)]
        ).first.map { row throws(StorageError) in
            Stored(
                secret: try row.text("secret"), counter: try row.integer("counter"),
                isConfirmed: try row.optionalInteger("confirmed_at") != nil,
                isBlocked: try row.time("blocked_until") > row.time("now"), now: try row.time("now"))
        }
    }

    /// Whether a sign-in needs a code. Index: credentials_single.
    static func isOn(for user: UserID, on connection: any SQLConnection) throws(StorageError) -> Bool {
        try !connection.query(
            "SELECT 1 AS one FROM credentials WHERE user_id = $1 AND kind = 'totp' AND confirmed_at IS NOT NULL",
            [SQLValue(user)]
        ).isEmpty
    }

    /// Puts a secret in place of one that was never confirmed.
    static func replace(_ sealed: String, of user: UserID, on connection: any SQLConnection) throws(StorageError) {
        try connection.execute("DELETE FROM credentials WHERE user_id = $1 AND kind = 'totp'", [SQLValue(user)])
        try connection.execute(
            """
            INSERT INTO credentials (user_id, kind, id, secret, created_at) VALUES ($1, 'totp', $1, $2, now_us())
            """, [SQLValue(user), .text(sealed)])
    }

    /// Notes that the code of a step was used: earlier ones and this one work no more.
    static func use(_ step: Int64, of user: UserID, on connection: any SQLConnection) throws(StorageError) {
        try connection.execute(
            """
            UPDATE credentials SET counter = $2, failures = 0, used_at = now_us(),
                confirmed_at = COALESCE(confirmed_at, now_us())
            WHERE user_id = $1 AND kind = 'totp'
            """, [SQLValue(user), .integer(step)])
    }

    /// Counts a wrong code.
    static func fail(_ user: UserID, on connection: any SQLConnection) throws(StorageError) {
        try connection.execute(
            """
            UPDATE credentials SET failures = failures + 1,
                blocked_until = CASE WHEN (failures + 1) % $2 = 0 THEN now_us() + $3 ELSE blocked_until END
            WHERE user_id = $1 AND kind = 'totp'
            """, [SQLValue(user), .integer(failureLimit), .integer(block.microseconds)])
    }

    /// Stores recovery codes in place of all that there were.
    static func setRecovery(
        _ codes: [TokenDigest], of user: UserID, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute("DELETE FROM credentials WHERE user_id = $1 AND kind = 'recovery'", [SQLValue(user)])
        try connection.execute(
            """
            INSERT INTO credentials (user_id, kind, id, secret, confirmed_at, created_at)
            VALUES ($1, 'recovery', $2, $3, now_us(), now_us())
            """, batch: codes.map { [SQLValue(user), SQLValue(UserID()), .text($0.text)] })
    }

    /// Uses a recovery code up; of any number of callers, one succeeds.
    static func useRecovery(
        _ code: TokenDigest, of user: UserID, on connection: any SQLConnection
    ) throws(StorageError) -> Bool {
        try connection.execute(
            "DELETE FROM credentials WHERE user_id = $1 AND kind = 'recovery' AND secret = $2",
            [SQLValue(user), .text(code.text)]) > 0
    }

    static func recoveryCodesLeft(of user: UserID, on connection: any SQLConnection) throws(StorageError) -> Int {
        Int(
            try connection.row(
                "SELECT COUNT(*) AS count FROM credentials WHERE user_id = $1 AND kind = 'recovery'", [SQLValue(user)]
            ).integer("count"))
    }

    static func remove(_ user: UserID, on connection: any SQLConnection) throws(StorageError) {
        try connection.execute(
            "DELETE FROM credentials WHERE user_id = $1 AND kind IN ('totp', 'recovery')", [SQLValue(user)])
    }
}
