import Model
import Storage

/// Statements on the sessions' table, each on the connection of the caller's transaction.
enum SessionRows {
    /// When a session was used is written at most this often.
    static let touchInterval: Duration = .seconds(300)

    /// What has to hold for a session to let anybody in.
    private static let isLive = """
        sessions.revoked_at IS NULL AND sessions.expires_at > now_us() AND sessions.idle_expires_at > now_us()
        AND users.status = 'active' AND sessions.auth_epoch = users.auth_epoch
        """

    /// Begins a session. Beyond the person's limit the oldest ones end; these are returned.
    static func insert(
        _ session: PendingSession, limit: Int, on connection: any SQLConnection
    ) throws(StorageError) -> [SessionReference] {
        let ended = try end(
            where: """
                id IN (SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL
                    ORDER BY created_at DESC, id DESC LIMIT 1000 OFFSET \(max(0, limit - 1)))
                """, [SQLValue(session.user)], on: connection)
        try connection.execute(
            """
            INSERT INTO sessions (id, token_hash, user_id, auth_epoch, method, client, address, auth_at, last_seen_at,
                idle_us, idle_expires_at, expires_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, now_us(), now_us(), $8, now_us() + $8, now_us() + $9, now_us())
            """,
            [
                SQLValue(session.id), .text(session.token.digest.text), SQLValue(session.user),
                .integer(session.authEpoch), .text(session.method.rawValue), .text(session.client.name),
                .text(session.client.address), .integer(session.idle.microseconds),
                .integer(session.lifetime.microseconds),
            ])
        return ended
    }

    /// The session if it lets anybody in. Index: the unique one on `token_hash`, or the primary key.
    static func live(_ key: SessionKey, on connection: any SQLConnection) throws(StorageError) -> LiveRow? {
        let condition: String
        let value: SQLValue
        switch key {
        case .token(let digest): (condition, value) = ("sessions.token_hash = $1", .text(digest.text))
        case .id(let id): (condition, value) = ("sessions.id = $1", SQLValue(id))
        }
        guard
            let row = try connection.query(
                """
                SELECT sessions.id, sessions.user_id, sessions.auth_epoch, sessions.auth_at, sessions.last_seen_at,
                    sessions.idle_expires_at, sessions.expires_at, users.is_operator, now_us() AS now
                FROM sessions JOIN users ON users.id = sessions.user_id
                WHERE \(condition) AND \(isLive)
                """, [value]
            ).first
        else { return nil }
        let now = try row.time("now")
        let end = min(try row.time("idle_expires_at"), try row.time("expires_at"))
        return LiveRow(
            id: try row.id("id"), user: try row.id("user_id"), authEpoch: try row.integer("auth_epoch"),
            isOperator: try row.bool("is_operator"), authAt: try row.time("auth_at"), remaining: end - now,
            needsTouch: try row.time("last_seen_at") + touchInterval <= now)
    }

    struct LiveRow: Sendable {
        let id: SessionID
        let user: UserID
        let authEpoch: Int64
        let isOperator: Bool
        let authAt: Timestamp
        /// How long it lasts if it is not used again.
        let remaining: Duration
        let needsTouch: Bool
    }

    /// Notes that a session is in use, unless somebody else just did.
    static func touch(_ id: SessionID, on connection: any SQLConnection) throws(StorageError) {
        try connection.execute(
            """
            UPDATE sessions SET last_seen_at = now_us(),
                idle_expires_at = CASE WHEN now_us() + idle_us < expires_at THEN now_us() + idle_us ELSE expires_at END
            WHERE id = $1 AND revoked_at IS NULL AND last_seen_at <= now_us() - $2 AND idle_expires_at > now_us()
            """, [SQLValue(id), .integer(touchInterval.microseconds)])
    }

    /// A person's sessions, the last used first. Index: sessions_user.
    static func list(of user: UserID, on connection: any SQLConnection) throws(StorageError) -> [Session] {
        let rows = try connection.query(
            """
            SELECT sessions.* FROM sessions JOIN users ON users.id = sessions.user_id
            WHERE sessions.user_id = $1 AND \(isLive)
            ORDER BY sessions.last_seen_at DESC, sessions.id DESC LIMIT 200
            """, [SQLValue(user)])
        var sessions: [Session] = []
        for row in rows {
            sessions.append(
                Session(
                    id: try row.id("id"), method: SignInMethod(rawValue: try row.text("method")) ?? .password,
                    client: try row.text("client"), address: try row.text("address"),
                    authAt: try row.time("auth_at"), lastSeenAt: try row.time("last_seen_at"),
                    expiresAt: min(try row.time("idle_expires_at"), try row.time("expires_at"))))
        }
        return sessions
    }

    /// Ends one session of that person; nil when it is not there or has ended.
    static func end(
        _ id: SessionID, of user: UserID, on connection: any SQLConnection
    ) throws(StorageError) -> SessionReference? {
        try end(
            where: "id = $1 AND user_id = $2 AND revoked_at IS NULL", [SQLValue(id), SQLValue(user)], on: connection
        )
        .first
    }

    /// Ends all sessions of a person. Index: sessions_user.
    static func endAll(of user: UserID, on connection: any SQLConnection) throws(StorageError) -> [SessionReference] {
        try end(where: "user_id = $1 AND revoked_at IS NULL", [SQLValue(user)], on: connection)
    }

    /// Ends all sessions of a person but one.
    static func endOthers(
        of user: UserID, but kept: SessionID, on connection: any SQLConnection
    ) throws(StorageError) -> [SessionReference] {
        try end(
            where: "user_id = $1 AND id <> $2 AND revoked_at IS NULL", [SQLValue(user), SQLValue(kept)], on: connection)
    }

    /// Caches have long forgotten what ended that long ago.
    private static let remembered: Duration = .seconds(3_600)

    /// What the caches may hold of those whose rights have changed: sessions of people, and keys of the workspace, also those
    /// that ended with the change.
    static func keys(after change: RightsChange, on connection: any SQLConnection) throws(StorageError) -> [SessionKey]
    {
        let people: (condition: String, value: SQLValue) =
            if let users = change.users {
                ("user_id \(connection.dialect.isAmong("$1"))", connection.dialect.list(users))
            } else {
                ("user_id IN (SELECT member FROM membership WHERE workspace = $1)", SQLValue(change.workspace))
            }
        let sessions = try references(
            try connection.query(
                """
                SELECT id, token_hash FROM sessions
                WHERE \(people.condition) AND revoked_at IS NULL AND expires_at > now_us()
                """, [people.value]))
        // Index: api_keys_workspace. Keys of people and of programs: they are few.
        let keys = try connection.query(
            """
            SELECT secret_hash FROM api_keys
            WHERE workspace = $1 AND (revoked_at IS NULL OR revoked_at > now_us() - $2)
            """, [SQLValue(change.workspace), .integer(remembered.microseconds)])
        return try sessions.flatMap(\.keys)
            + keys.map { row throws(StorageError) in .token(TokenDigest(stored: try row.text("secret_hash"))) }
    }

    /// Removes sessions that ended a month ago; returns how many. Index: sessions_expiry.
    static func sweep(on connection: any SQLConnection) throws(StorageError) -> Int {
        try connection.execute("DELETE FROM sessions WHERE expires_at <= now_us() - 2592000000000")
    }

    private static func end(
        where condition: String, _ values: [SQLValue], on connection: any SQLConnection
    ) throws(StorageError) -> [SessionReference] {
        try references(
            try connection.query(
                "UPDATE sessions SET revoked_at = now_us() WHERE \(condition) RETURNING id, token_hash", values))
    }

    private static func references(_ rows: [SQLRow]) throws(StorageError) -> [SessionReference] {
        var references: [SessionReference] = []
        for row in rows {
            references.append(
                SessionReference(id: try row.id("id"), digest: TokenDigest(stored: try row.text("token_hash"))))
        }
        return references
    }
}

/// A session that is about to begin.
struct PendingSession: Sendable {
    let id = SessionID()
    let token: OpaqueToken
    let user: UserID
    /// The person's, as of the transaction that begins the session.
    let authEpoch: Int64
    let method: SignInMethod
    let client: ClientDescription
    let idle: Duration
    let lifetime: Duration

    static let prefix = "suisha_s_"

    init(
        of account: Account, method: SignInMethod, client: ClientDescription, settings: AccountSettings,
        random: RandomBytes
    ) {
        token = OpaqueToken(prefix: Self.prefix, random: random)
        user = account.id
        authEpoch = account.authEpoch
        self.method = method
        self.client = client
        idle = settings.idleTimeout
        lifetime = settings.sessionLifetime
    }

    /// What its holder gets.
    var begun: NewSession { NewSession(id: id, user: user, token: token.secret, lifetime: lifetime) }
}
