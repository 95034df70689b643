import Model
import Storage

/// Statements on the tables of accounts, each on the connection of the caller's transaction.
enum AccountRows {
    private static let columns = """
        users.id, users.email, users.name, users.language, users.status, users.is_operator, users.auth_epoch,
        users.verified_at, users.created_at
        """

    static func account(_ id: UserID, on connection: any SQLConnection) throws(StorageError) -> Account? {
        try connection.query("SELECT \(columns) FROM users WHERE id = $1", [SQLValue(id)]).first
            .map(account)
    }

    /// Index: the unique one on `email_norm`.
    static func account(of email: EmailAddress, on connection: any SQLConnection) throws(StorageError) -> Account? {
        try connection.query("SELECT \(columns) FROM users WHERE email_norm = $1", [.text(email.normal)]).first
            .map(account)
    }

    /// What a sign-in with a password needs, in one statement. Index: the unique one on `email_norm`.
    static func candidate(
        of email: EmailAddress, on connection: any SQLConnection
    ) throws(StorageError) -> SignInCandidate? {
        let row = try connection.query(
            """
            SELECT \(columns), word.secret AS hash
            FROM users
            LEFT JOIN credentials AS word ON word.user_id = users.id AND word.kind = 'password'
            WHERE users.email_norm = $1
            """, [.text(email.normal)]
        ).first
        guard let row else { return nil }
        return SignInCandidate(
            account: try account(row), hash: try row.optionalText("hash").map(PasswordHash.init(stored:)))
    }

    /// Whether nobody has an account yet.
    static func isEmpty(on connection: any SQLConnection) throws(StorageError) -> Bool {
        try connection.query("SELECT 1 AS one FROM users LIMIT 1").isEmpty
    }

    /// Adds an account; false when the address is taken.
    static func insert(_ account: NewAccount, on connection: any SQLConnection) throws(StorageError) -> Bool {
        let inserted = try connection.execute(
            """
            INSERT INTO users (id, email, email_norm, name, language, status, is_operator, verified_at, created_at,
                updated_at)
            VALUES ($1, $2, $3, $4, $5, 'active', $6, CASE WHEN $7 = 1 THEN now_us() END, now_us(), now_us())
            ON CONFLICT (email_norm) DO NOTHING
            """,
            [
                SQLValue(account.id), .text(account.email.address), .text(account.email.normal), .text(account.name),
                .text(account.language.rawValue), SQLValue(account.isOperator), SQLValue(account.isVerified),
            ])
        guard inserted == 1 else { return false }
        if let password = account.password { try setPassword(password, of: account.id, on: connection) }
        return true
    }

    static func password(of user: UserID, on connection: any SQLConnection) throws(StorageError) -> PasswordHash? {
        try connection.query(
            "SELECT secret FROM credentials WHERE user_id = $1 AND kind = 'password'", [SQLValue(user)]
        ).first?.text("secret").asPasswordHash
    }

    /// Index: credentials_single.
    static func setPassword(
        _ hash: PasswordHash, of user: UserID, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            """
            INSERT INTO credentials (user_id, kind, id, secret, confirmed_at, created_at)
            VALUES ($1, 'password', $1, $2, now_us(), now_us())
            ON CONFLICT (user_id, kind, id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at
            """, [SQLValue(user), .text(hash.text)])
    }

    /// Replaces a hash by one of the same password, unless another password came between.
    static func improve(
        _ old: PasswordHash, to better: PasswordHash, of user: UserID, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            "UPDATE credentials SET secret = $3 WHERE user_id = $1 AND kind = 'password' AND secret = $2",
            [SQLValue(user), .text(old.text), .text(better.text)])
    }

    /// Ends every session, link and second step of a person. Returns what the caches may hold of them, keys included.
    ///
    /// Locks the person's row first, so that a sign-in beside it either is ended here or sees the new epoch.
    static func endEverything(of user: UserID, on connection: any SQLConnection) throws(StorageError)
        -> [SessionKey]
    {
        try connection.execute(
            "UPDATE users SET auth_epoch = auth_epoch + 1, updated_at = now_us() WHERE id = $1", [SQLValue(user)])
        try connection.execute("DELETE FROM one_time_tokens WHERE user_id = $1", [SQLValue(user)])
        return try SessionRows.endAll(of: user, on: connection).flatMap(\.keys)
            + APIKeyRows.cached(of: user, on: connection)
    }

    static func setOperator(
        _ isOperator: Bool, _ user: UserID, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            "UPDATE users SET is_operator = $2, updated_at = now_us() WHERE id = $1",
            [SQLValue(user), SQLValue(isOperator)])
    }

    /// Whether somebody else runs the server, too. Locks all who do, so that of two who stop at once only one does.
    static func hasOtherOperator(than user: UserID, on connection: any SQLConnection) throws(StorageError) -> Bool {
        let operators = try connection.query(
            """
            SELECT id FROM users WHERE is_operator = 1 AND status = 'active' ORDER BY id
            \(connection.dialect.forUpdate)
            """)
        for row in operators where try row.id("id") != user { return true }
        return false
    }

    /// Accounts in the order of their ids, those that were deleted left out.
    static func list(
        after: UserID?, limit: Int, on connection: any SQLConnection
    ) throws(StorageError) -> [Account] {
        let condition = after == nil ? "" : "AND id > $2"
        let rows = try connection.query(
            "SELECT \(columns) FROM users WHERE status <> 'deleted' \(condition) ORDER BY id LIMIT $1",
            [SQLValue(limit)] + (after.map { [SQLValue($0)] } ?? []))
        return try rows.map(account)
    }

    /// Gives a person another address, which is known to be the person's; false when somebody else has it.
    static func setEmail(
        _ email: EmailAddress, of user: UserID, on connection: any SQLConnection
    ) throws(StorageError) -> Bool {
        try connection.execute(
            """
            UPDATE users SET email = $2, email_norm = $3, verified_at = now_us(), updated_at = now_us()
            WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM users AS other WHERE other.email_norm = $3 AND other.id <> $1)
            """, [SQLValue(user), .text(email.address), .text(email.normal)]) == 1
    }

    static func setStatus(
        _ status: Account.Status, of user: UserID, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            "UPDATE users SET status = $2, updated_at = now_us() WHERE id = $1",
            [SQLValue(user), .text(status.rawValue)])
    }

    /// Removes what is known of a person; the row stays, so that what refers to it still does.
    static func erase(_ user: UserID, on connection: any SQLConnection) throws(StorageError) {
        for table in ["credentials", "identities", "api_keys", "sessions"] {
            try connection.execute("DELETE FROM \(table) WHERE user_id = $1", [SQLValue(user)])
        }
        try connection.execute(
            """
            UPDATE users SET email = '', email_norm = $2, name = '', status = 'deleted', is_operator = 0,
                updated_at = now_us()
            WHERE id = $1
            """, [SQLValue(user), .text("deleted:" + user.sql)])
    }

    /// Locks a person's row until the transaction ends; nil when there is no such person.
    static func lock(_ user: UserID, on connection: any SQLConnection) throws(StorageError) -> Account? {
        try connection.query(
            "SELECT \(columns) FROM users WHERE id = $1 \(connection.dialect.forUpdate)", [SQLValue(user)]
        ).first.map(account)
    }

    private static func account(_ row: SQLRow) throws(StorageError) -> Account {
        Account(
            id: try row.id("id"), email: EmailAddress(stored: try row.text("email")), name: try row.text("name"),
            language: Language(rawValue: try row.text("language")) ?? .english,
            status: Account.Status(rawValue: try row.text("status")) ?? .disabled,
            isOperator: try row.bool("is_operator"), authEpoch: try row.integer("auth_epoch"),
            verifiedAt: try row.optionalTime("verified_at"), createdAt: try row.time("created_at"))
    }
}

/// An account with what a sign-in is checked against.
struct SignInCandidate: Sendable {
    let account: Account
    let hash: PasswordHash?
}

extension String {
    fileprivate var asPasswordHash: PasswordHash { PasswordHash(stored: self) }
}
