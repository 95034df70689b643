import Endpoints
package import Logging
package import Model
package import Storage

/// Keys for programs: a person's or a service account's, each for one workspace, with some permissions and perhaps an end.
///
/// A key never allows more than its permissions; what its owner may do in the workspace is decided elsewhere. Which
/// permissions the caller may give away is for the caller of this service to check.
package struct APIKeyService: Sendable {
    /// The most keys of one workspace that have not ended.
    package static let limit: Int = 500

    private let database: any SQLDatabase
    private let cache: SessionCache
    private let rights: any RightsSource
    private let journal: any AccountJournal
    private let random: RandomBytes
    private let logger: Logger

    package init(
        database: any SQLDatabase, cache: SessionCache, rights: any RightsSource,
        journal: any AccountJournal = NoAccountJournal(), random: RandomBytes = .system, logger: Logger
    ) {
        self.database = database
        self.cache = cache
        self.rights = rights
        self.logger = logger
        self.journal = journal
        self.random = random
    }

    // MARK: Keys

    /// Makes a key in the caller's workspace. Its secret is shown now and never again.
    ///
    /// A key that a key has made ends with that one at the latest: whoever gets hold of a key for an hour cannot stay longer.
    ///
    /// - Parameter lifetime: nil for a key without an end.
    /// - Throws: ``Problem`` for a name or time that is no good, a service account that is not there, or too many keys.
    package func create(
        name: String, for owner: Principal.Actor, permissions: PermissionSet, lifetime: Duration?, by caller: Caller
    ) async throws -> NewAPIKey {
        let name = try AccountService.checked(name: name)
        guard !permissions.isEmpty else {
            throw Problem(.unprocessable, "A key needs at least one permission.", field: "permissions")
        }
        guard permissions.isSubset(of: .grantable) else {
            throw Problem(.unprocessable, "A key cannot have a permission that no role has.", field: "permissions")
        }
        if let lifetime, !(Duration.seconds(60)...Duration.seconds(10 * 366 * 86_400)).contains(lifetime) {
            throw Problem(.unprocessable, "A key lasts between a minute and ten years.", field: "expires_at")
        }
        let (id, workspace) = (APIKeyID(), caller.workspace)
        let secret = APIKeySecret(random: random)
        let key = try await database.transact { connection in
            try checkRoom(in: workspace, on: connection)
            if case .service(let account) = owner {
                guard let found = try Self.serviceAccount(account, in: workspace, on: connection),
                    found.disabledAt == nil
                else { throw Self.noAccount }
            }
            let end = try Self.end(after: lifetime, madeBy: caller.principal.key, on: connection)
            try connection.execute(
                """
                INSERT INTO api_keys (id, prefix, secret_hash, workspace, user_id, service_account, name, mask_low,
                    mask_high, expires_at, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now_us())
                """,
                [
                    SQLValue(id), .text(secret.prefix), .text(secret.digest.text), SQLValue(workspace),
                    SQLValue(owner.user), SQLValue(owner.service), .text(name),
                ] + permissions.values + [SQLValue(end)])
            try journal.record(.keyCreated(id, by: caller), on: connection)
            guard let key = try Self.key(id, in: workspace, on: connection) else {
                throw StorageError(.corrupt, "A key that was just stored is not there.")
            }
            return key
        }
        return NewAPIKey(key: key, secret: secret.secret)
    }

    /// Locks the workspace, so that of two keys that are made at once the second is counted with the first.
    private func checkRoom(in workspace: WorkspaceID, on connection: any SQLConnection) throws {
        let locked = try connection.query(
            "SELECT id FROM workspace WHERE id = $1 \(connection.dialect.forUpdate)", [SQLValue(workspace)])
        guard !locked.isEmpty else { throw Workspace.missing }
        let live = try connection.row(
            "SELECT COUNT(*) AS count FROM api_keys WHERE workspace = $1 AND \(Self.isLive)", [SQLValue(workspace)])
        guard try live.integer("count") < Self.limit else {
            throw Problem(.conflict, "The workspace has \(Self.limit) keys, as many as it may; revoke one first.")
        }
    }

    /// When a new key ends: after its lifetime, and not after the key that makes it; nil for never.
    private static func end(
        after lifetime: Duration?, madeBy parent: APIKeyID?, on connection: any SQLConnection
    ) throws -> Timestamp? {
        let wanted = try lifetime.map { lifetime in
            try connection.row("SELECT now_us() AS now").time("now") + lifetime
        }
        guard let parent else { return wanted }
        let row = try connection.query(
            "SELECT expires_at FROM api_keys WHERE id = $1 AND \(isLive)", [SQLValue(parent)]
        ).first
        guard let row else { throw refusal }
        return try [wanted, row.optionalTime("expires_at")].compactMap { $0 }.min()
    }

    /// Who holds a key: in the key's workspace, within its permissions and its owner's rights there.
    ///
    /// - Throws: ``Problem`` 401, the same for a key that never was, was revoked or has expired, and whose owner is gone.
    package func authenticate(_ secret: Secret) async throws -> Authenticated {
        guard let given = APIKeySecret(secret),
            let caller = try await cache.caller(.token(given.digest), fill: { try await read(given) })
        else { throw Self.refusal }
        return caller
    }

    private func read(_ given: APIKeySecret) async throws -> (caller: Authenticated, remaining: Duration)? {
        let found = try await database.read { connection throws(StorageError) -> Found? in
            // Index: the unique one on `prefix`.
            let row = try connection.query(
                """
                SELECT api_keys.id, api_keys.secret_hash, api_keys.workspace, api_keys.user_id,
                    api_keys.service_account, api_keys.mask_low, api_keys.mask_high, api_keys.created_at,
                    api_keys.expires_at - now_us() AS remaining,
                    COALESCE(api_keys.last_used_at, 0) <= now_us() - $2 AS needs_touch
                FROM api_keys
                LEFT JOIN users ON users.id = api_keys.user_id
                LEFT JOIN service_accounts ON service_accounts.workspace = api_keys.workspace
                    AND service_accounts.id = api_keys.service_account
                WHERE api_keys.prefix = $1 AND api_keys.revoked_at IS NULL
                    AND (api_keys.expires_at IS NULL OR api_keys.expires_at > now_us())
                    AND (api_keys.user_id IS NULL OR users.status = 'active')
                    AND (api_keys.service_account IS NULL OR service_accounts.disabled_at IS NULL)
                """, [.text(given.prefix), .integer(SessionRows.touchInterval.microseconds)]
            ).first
            guard let row else { return nil }
            let workspace: WorkspaceID = try row.id("workspace")
            let (owner, scope) = (try Self.owner(row), try row.permissions())
            let grant: WorkspaceGrant? =
                if let user = owner.user {
                    try rights.grants(of: user, on: connection).first { $0.workspace == workspace }?.within(scope)
                } else {
                    try rights.grant(ofKey: scope, in: workspace, on: connection)
                }
            return Found(
                caller: Authenticated(
                    actor: owner, key: try row.id("id"), authTime: try row.time("created_at"),
                    grants: grant.map { [$0] } ?? []),
                hash: try row.text("secret_hash"), remaining: try row.optionalInteger("remaining"),
                needsTouch: try row.bool("needs_touch"))
        }
        // Compared in constant time also when there is no such key.
        let isRight = ConstantTime.areEqual(given.digest.text.utf8, (found?.hash ?? given.prefix).utf8)
        guard isRight, let found, !found.caller.grants.isEmpty else { return nil }
        if found.needsTouch, let key = found.caller.key {
            try await database.write(.derived) { connection throws(StorageError) in
                _ = try connection.execute(
                    "UPDATE api_keys SET last_used_at = now_us() WHERE id = $1", [SQLValue(key)])
            }
        }
        return (found.caller, found.remaining.map { .microseconds($0) } ?? .seconds(86_400))
    }

    /// The keys of a workspace: those that work before those that have ended, and of each the newest first.
    /// Index: api_keys_workspace.
    ///
    /// - Parameter position: of the last key of the page before this one.
    package func list(
        in workspace: WorkspaceID, after position: APIKey.Position? = nil, limit: Int = 1_000
    ) async throws -> [APIKey] {
        try await database.read { connection throws(StorageError) in
            try Self.keys(
                """
                workspace = $1 AND (has_ended > $2 OR has_ended = $2 AND id < $3)
                ORDER BY has_ended, id DESC LIMIT $4
                """,
                [
                    SQLValue(workspace), SQLValue(position.map { $0.hasEnded ? 1 : 0 } ?? -1),
                    SQLValue(position?.id ?? APIKeyID()), SQLValue(limit),
                ], on: connection)
        }
    }

    /// Revokes a key of the caller's workspace, for good.
    ///
    /// - Throws: ``Problem`` 404 when there is no such key there.
    package func revoke(_ id: APIKeyID, by caller: Caller) async throws {
        let revoked = try await database.write { connection throws(StorageError) -> [SessionKey] in
            let rows = try connection.query(
                """
                UPDATE api_keys SET revoked_at = now_us() WHERE id = $1 AND workspace = $2 AND revoked_at IS NULL
                RETURNING secret_hash
                """, [SQLValue(id), SQLValue(caller.workspace)])
            if !rows.isEmpty { try journal.record(.keyRevoked(id, by: caller), on: connection) }
            return try Self.cacheKeys(rows)
        }
        guard !revoked.isEmpty else { throw Problem(.notFound, "There is no such key; it may be revoked already.") }
        await cache.forget(revoked, logger: logger)
    }

    // MARK: Service accounts

    /// Makes an account for a program in the caller's workspace; keys are what it is used with.
    package func createServiceAccount(name: String, by caller: Caller) async throws -> ServiceAccount {
        let name = try AccountService.checked(name: name)
        let (id, workspace) = (ServiceAccountID(), caller.workspace)
        let made = try await database.write { connection throws(StorageError) -> ServiceAccount? in
            let inserted = try connection.execute(
                """
                INSERT INTO service_accounts (workspace, id, name, created_by, created_at)
                VALUES ($1, $2, $3, $4, now_us()) ON CONFLICT DO NOTHING
                """, [SQLValue(workspace), SQLValue(id), .text(name), SQLValue(caller.principal.actor.user)])
            guard inserted == 1 else { return nil }
            try journal.record(.serviceAccountCreated(id, by: caller), on: connection)
            return try Self.serviceAccount(id, in: workspace, on: connection)
        }
        guard let made else {
            throw Problem(.conflict, "The workspace has a service account with this name already.", field: "name")
        }
        return made
    }

    /// The service accounts of a workspace, by name.
    package func serviceAccounts(in workspace: WorkspaceID) async throws -> [ServiceAccount] {
        try await database.read { connection throws(StorageError) in
            var accounts: [ServiceAccount] = []
            for row in try connection.query(
                "SELECT * FROM service_accounts WHERE workspace = $1 ORDER BY name", [SQLValue(workspace)])
            {
                accounts.append(try Self.serviceAccount(row))
            }
            return accounts
        }
    }

    /// Locks a program out: its keys stop working, also those that have no end.
    package func disableServiceAccount(_ id: ServiceAccountID, by caller: Caller) async throws {
        let workspace = caller.workspace
        let keys = try await database.write { connection throws(StorageError) -> [SessionKey]? in
            let changed = try connection.execute(
                """
                UPDATE service_accounts SET disabled_at = now_us()
                WHERE workspace = $1 AND id = $2 AND disabled_at IS NULL
                """, [SQLValue(workspace), SQLValue(id)])
            guard changed == 1 else { return nil }
            try journal.record(.serviceAccountDisabled(id, by: caller), on: connection)
            return try Self.cacheKeys(
                try connection.query(
                    "SELECT secret_hash FROM api_keys WHERE workspace = $1 AND service_account = $2",
                    [SQLValue(workspace), SQLValue(id)]))
        }
        guard let keys else { throw Self.noAccount }
        await cache.forget(keys, logger: logger)
    }

    // MARK: Rows

    private struct Found: Sendable {
        let caller: Authenticated
        let hash: String
        /// nil for a key without an end.
        let remaining: Int64?
        let needsTouch: Bool
    }

    private static func cacheKeys(_ rows: [SQLRow]) throws(StorageError) -> [SessionKey] {
        try rows.map { row throws(StorageError) in .token(TokenDigest(stored: try row.text("secret_hash"))) }
    }

    private static let isLive = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now_us())"

    private static func key(
        _ id: APIKeyID, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> APIKey? {
        try keys("workspace = $1 AND id = $2", [SQLValue(workspace), SQLValue(id)], on: connection).first
    }

    private static func keys(
        _ condition: String, _ values: [SQLValue], on connection: any SQLConnection
    ) throws(StorageError) -> [APIKey] {
        var keys: [APIKey] = []
        for row in try connection.query(
            """
            SELECT * FROM (SELECT *, CASE WHEN \(isLive) THEN 0 ELSE 1 END AS has_ended FROM api_keys) AS keys
            WHERE \(condition)
            """, values)
        {
            keys.append(
                APIKey(
                    id: try row.id("id"), name: try row.text("name"), prefix: try row.text("prefix"),
                    workspace: try row.id("workspace"), owner: try owner(row),
                    permissions: try row.permissions(), createdAt: try row.time("created_at"),
                    lastUsedAt: try row.optionalTime("last_used_at"), expiresAt: try row.optionalTime("expires_at"),
                    revokedAt: try row.optionalTime("revoked_at"), hasEnded: try row.bool("has_ended")))
        }
        return keys
    }

    private static func owner(_ row: SQLRow) throws(StorageError) -> Principal.Actor {
        if let user: UserID = try row.optionalID("user_id") { return .user(user) }
        return .service(try row.id("service_account"))
    }

    private static func serviceAccount(
        _ id: ServiceAccountID, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> ServiceAccount? {
        try connection.query(
            "SELECT * FROM service_accounts WHERE workspace = $1 AND id = $2", [SQLValue(workspace), SQLValue(id)]
        ).first.map(serviceAccount)
    }

    private static func serviceAccount(_ row: SQLRow) throws(StorageError) -> ServiceAccount {
        ServiceAccount(
            id: try row.id("id"), workspace: try row.id("workspace"), name: try row.text("name"),
            createdAt: try row.time("created_at"), disabledAt: try row.optionalTime("disabled_at"))
    }

    private static var noAccount: Problem {
        Problem(.notFound, "There is no such service account; it may be disabled.")
    }

    private static var refusal: Problem {
        Problem(.unauthenticated, "The API key is not valid; it may be revoked or expired.")
    }
}

extension Principal.Actor {
    fileprivate var service: ServiceAccountID? {
        if case .service(let id) = self { id } else { nil }
    }
}
