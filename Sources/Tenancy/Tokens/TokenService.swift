import Endpoints
import Metrics
package import Model
package import Storage

/// Gives programs access tokens for five minutes, and refresh tokens that are replaced at every use.
package struct TokenService: Sendable {
    /// How tokens are made and how long they last.
    package struct Settings: Sendable {
        /// Who makes them: this server's address, in `iss`.
        package var issuer: String
        /// Whom they are for, in `aud`.
        package var audience: String
        package var accessLifetime: Duration = .seconds(300)
        package var refreshLifetime: Duration = .seconds(30 * 86_400)
        /// How long a refresh token that was used gives the same child again, for callers that lost the answer.
        package var grace: Duration = .seconds(10)

        package init(issuer: String, audience: String) {
            self.issuer = issuer
            self.audience = audience
        }
    }

    /// What a program gets.
    package struct Pair: Sendable {
        package let access: Secret
        package let accessLifetime: Duration
        package let refresh: Secret
    }

    private let database: any SQLDatabase
    private let keys: SigningKeys
    private let sessions: SessionService
    private let vault: Vault
    private let settings: Settings
    private let journal: any AccountJournal
    private let random: RandomBytes
    private let now: @Sendable () -> Timestamp

    /// - Parameter now: the clock of access tokens; a test moves it. Refresh tokens follow the database's.
    package init(
        database: any SQLDatabase, keys: SigningKeys, sessions: SessionService, vault: Vault, settings: Settings,
        journal: any AccountJournal = NoAccountJournal(), random: RandomBytes = .system,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.database = database
        self.keys = keys
        self.sessions = sessions
        self.vault = vault
        self.settings = settings
        self.journal = journal
        self.random = random
        self.now = now
    }

    // MARK: Access tokens

    /// Who holds an access token. Its session is looked up as well, so a sign-out ends the token too.
    ///
    /// - Throws: ``Problem`` 401, the same for everything that is wrong with it.
    package func authenticate(_ token: Secret) async throws -> Authenticated {
        let claims: AccessClaims
        do {
            let signed = try SignedToken(token.revealed)
            let key = try await keys.verificationKey(try signed.kid)
            claims = try AccessToken.check(
                signed, keys: { $0 == key?.kid ? key : nil }, issuer: settings.issuer, audience: settings.audience,
                now: now().microseconds / 1_000_000)
        } catch is TokenRefusal {
            throw Problem(
                .unauthenticated, "The access token is not valid or has expired; refresh it or sign in again.")
        }
        let caller = try await sessions.authenticate(claims.session)
        guard caller.user == claims.user else {
            throw Problem(
                .unauthenticated, "The access token is not valid or has expired; refresh it or sign in again.")
        }
        return caller
    }

    // MARK: Refresh tokens

    /// The first tokens of a session that was just begun, for a program. A session has one family of tokens.
    package func issue(for session: NewSession) async throws -> Pair {
        let first = RefreshToken(first: session.id, vault: vault, random: random)
        let authAt = try await database.write { connection throws(StorageError) -> Timestamp? in
            let started = try connection.query(
                "UPDATE sessions SET refresh_counter = 1 WHERE id = $1 AND refresh_counter = 0 RETURNING auth_at",
                [SQLValue(session.id)]
            ).first
            guard let started else { return nil }
            try insert(first, on: connection)
            return try started.time("auth_at")
        }
        guard let authAt else {
            throw Problem(.conflict, "This session has tokens already; refresh those, or sign in again.")
        }
        return try await pair(first, user: session.user, authAt: authAt)
    }

    /// Takes a refresh token and gives its child. However many callers bring the same token at once, all get the same child;
    /// one that comes after the grace ends the session, because somebody has copied it.
    ///
    /// - Throws: ``Problem`` 401.
    package func refresh(_ token: Secret) async throws -> Pair {
        guard let parent = RefreshToken(token, vault: vault) else { throw Self.refusal }
        let salt = Base64URL.text(random.bytes(16))
        let outcome = try await database.write { connection throws(StorageError) in
            try advance(parent, salt: salt, on: connection)
        }
        switch outcome {
        case .refused: throw Self.refusal
        case .reused(let ended):
            Counter(label: MetricNames.refreshReuse).increment()
            await sessions.forget(ended)
            throw Self.refusal
        case .child(let child, let user, let authAt): return try await pair(child, user: user, authAt: authAt)
        }
    }

    /// Removes used tokens that are a week old; their second use is still recognised. Returns how many.
    package func sweep() async throws -> Int {
        try await database.write(.derived) { connection throws(StorageError) in
            try connection.execute("DELETE FROM refresh_tokens WHERE used_at <= now_us() - 604800000000")
        }
    }

    private enum Outcome: Sendable {
        case refused
        case reused([SessionReference])
        case child(RefreshToken, UserID, authAt: Timestamp)
    }

    private func advance(
        _ parent: RefreshToken, salt: String, on connection: any SQLConnection
    ) throws(StorageError) -> Outcome {
        // The session's row is locked: of one family, one refresh at a time.
        let session = try connection.query(
            "SELECT refresh_counter FROM sessions WHERE id = $1 \(connection.dialect.forUpdate)",
            [SQLValue(parent.session)]
        ).first
        guard let session, let live = try SessionRows.live(.id(parent.session), on: connection) else { return .refused }
        let row = try connection.query(
            """
            SELECT salt, expires_at > now_us() AS is_fresh, used_at > now_us() - $2 AS in_grace
            FROM refresh_tokens WHERE token_hash = $1
            """, [.text(parent.digest.text), .integer(settings.grace.microseconds)]
        ).first
        guard let row else {
            // Ours by its tag, older than the newest, and swept: it was used long ago.
            return try session.integer("refresh_counter") > parent.number
                ? try endFamily(live, on: connection) : .refused
        }
        if let salt = try row.optionalText("salt") {
            guard try row.bool("in_grace") else { return try endFamily(live, on: connection) }
            let child = RefreshToken(childOf: parent, salt: salt, vault: vault)
            // Not so after the key was replaced within the grace; then the caller signs in again.
            let isKnown = try !connection.query(
                "SELECT 1 AS one FROM refresh_tokens WHERE token_hash = $1", [.text(child.digest.text)]
            ).isEmpty
            return isKnown ? .child(child, live.user, authAt: live.authAt) : .refused
        }
        guard try row.bool("is_fresh") else { return .refused }
        let child = RefreshToken(childOf: parent, salt: salt, vault: vault)
        try insert(child, on: connection)
        try connection.execute(
            "UPDATE refresh_tokens SET used_at = now_us(), salt = $2 WHERE token_hash = $1",
            [.text(parent.digest.text), .text(salt)])
        try connection.execute(
            "UPDATE sessions SET refresh_counter = $2 WHERE id = $1",
            [SQLValue(parent.session), .integer(child.number)])
        if live.needsTouch { try SessionRows.touch(live.id, on: connection) }
        return .child(child, live.user, authAt: live.authAt)
    }

    private func endFamily(
        _ live: SessionRows.LiveRow, on connection: any SQLConnection
    ) throws(StorageError) -> Outcome {
        let ended = try SessionRows.end(live.id, of: live.user, on: connection)
        try journal.record(.refreshReused(live.user, live.id), on: connection)
        return .reused(ended.map { [$0] } ?? [])
    }

    private func insert(_ token: RefreshToken, on connection: any SQLConnection) throws(StorageError) {
        try connection.execute(
            """
            INSERT INTO refresh_tokens (token_hash, session_id, number, expires_at, created_at)
            VALUES ($1, $2, $3, now_us() + $4, now_us())
            """,
            [
                .text(token.digest.text), SQLValue(token.session), .integer(token.number),
                .integer(settings.refreshLifetime.microseconds),
            ])
    }

    private func pair(_ refresh: RefreshToken, user: UserID, authAt: Timestamp) async throws -> Pair {
        let issued = now().microseconds / 1_000_000
        let claims = AccessClaims(
            issuer: settings.issuer, audience: settings.audience, user: user, session: refresh.session,
            id: Base64URL.text(random.bytes(12)), issued: issued,
            expires: issued + settings.accessLifetime.microseconds / 1_000_000,
            authTime: authAt.microseconds / 1_000_000)
        return Pair(
            access: try AccessToken.text(claims, signedBy: try await keys.current().active),
            accessLifetime: settings.accessLifetime, refresh: refresh.secret)
    }

    private static var refusal: Problem {
        Problem(.unauthenticated, "The refresh token is not valid any more; sign in again.")
    }
}
