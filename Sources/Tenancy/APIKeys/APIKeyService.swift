import Endpoints
package import Logging
package import Model
package import Storage

/// Keys for programs: a person's or a service account's, each for one workspace, with some permissions and perhaps an end.
///
/// A key never allows more than its permissions, nor than its owner may do in the workspace, if that is a person. Nobody gives a
/// key what they may not do themselves at that moment.
package struct APIKeyService: Sendable {
    /// The most keys of one workspace that have not ended.
    package static let limit: Int = 500

    let database: any SQLDatabase
    let cache: SessionCache
    private let rights: any RightsSource
    let journal: any AccountJournal
    private let random: RandomBytes
    let logger: Logger

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
    /// A key that a key has made ends with that one at the latest, at its time or when it is revoked: whoever gets hold of a
    /// key for an hour cannot stay longer.
    ///
    /// - Parameter lifetime: nil for a key without an end.
    /// - Throws: ``Problem`` for a name or time that is no good, a service account that is not there, too many keys, or for what
    ///   the caller may not do or no longer.
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
            try Self.lock(workspace, on: connection)
            let parent = try caller.principal.key.map { try Self.liveKey($0, in: workspace, on: connection) }
            try check(permissions, of: caller, with: parent, on: connection)
            try Self.checkRoom(in: workspace, on: connection)
            if case .service(let account) = owner {
                guard let found = try Self.serviceAccount(account, in: workspace, on: connection),
                    found.disabledAt == nil
                else { throw Self.noAccount }
            }
            let end = try Self.end(after: lifetime, madeBy: parent, on: connection)
            try connection.execute(
                """
                INSERT INTO api_keys (id, prefix, secret_hash, workspace, user_id, service_account, name, mask_low,
                    mask_high, expires_at, made_by, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now_us())
                """,
                [
                    SQLValue(id), .text(secret.prefix), .text(secret.digest.text), SQLValue(workspace),
                    SQLValue(owner.user), SQLValue(owner.service), .text(name),
                ] + permissions.values + [SQLValue(end), SQLValue(parent?.id)])
            try journal.record(.keyCreated(id, by: caller), on: connection)
            guard let key = try Self.key(id, in: workspace, on: connection) else {
                throw StorageError(.corrupt, "A key that was just stored is not there.")
            }
            return key
        }
        return NewAPIKey(key: key, secret: secret.secret)
    }

    /// Whatever makes or ends keys of a workspace comes one after the other: of two keys that are made at once the second is
    /// counted with the first, and no key is made by one that is being revoked.
    static func lock(_ workspace: WorkspaceID, on connection: any SQLConnection) throws {
        let locked = try connection.query(
            "SELECT id FROM workspace WHERE id = $1 \(connection.dialect.forUpdate)", [SQLValue(workspace)])
        guard !locked.isEmpty else { throw Workspace.missing }
    }

    private static func checkRoom(in workspace: WorkspaceID, on connection: any SQLConnection) throws {
        let live = try connection.row(
            "SELECT COUNT(*) AS count FROM api_keys WHERE workspace = $1 AND \(Self.isLive)", [SQLValue(workspace)])
        guard try live.integer("count") < limit else {
            throw Problem(.conflict, "The workspace has \(limit) keys, as many as it may; revoke one first.")
        }
    }

    /// The key that a caller came with, unless it has ended since.
    private static func liveKey(
        _ id: APIKeyID, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws -> APIKey {
        guard let key = try key(id, in: workspace, on: connection), !key.hasEnded else { throw refusal }
        return key
    }

    /// Refuses to give away what the caller may not do. The rights of the request are as old as its beginning, and its body may
    /// have taken its time; those that count are read here, where the workspace is locked against changes of them.
    private func check(
        _ permissions: PermissionSet, of caller: Caller, with parent: APIKey?, on connection: any SQLConnection
    ) throws {
        let usable = caller.principal.permissions
        let held = parent.map { usable.intersection($0.permissions) } ?? usable
        let current: PermissionSet
        switch caller.principal.actor {
        case .serverToken: current = held
        case .user(let user):
            let isActive = try !connection.query(
                "SELECT id FROM users WHERE id = $1 AND status = 'active'", [SQLValue(user)]
            ).isEmpty
            let grant = try rights.grants(of: user, on: connection).first { $0.workspace == caller.workspace }
            current = isActive ? grant?.within(held).permissions ?? [] : []
        case .service:
            // Its key, which has not ended: neither has the account.
            let grant = try parent.flatMap { try rights.grant(ofKey: $0.permissions, in: $0.workspace, on: connection) }
            current = grant?.within(held).permissions ?? []
        case .anonymous: current = []
        }
        guard current.contains(.keysWrite) else {
            throw Problem(.forbidden, "You may not make keys in this workspace, or not any more.")
        }
        guard permissions.isSubset(of: current) else {
            throw Problem(.forbidden, "A key cannot allow more than you may do yourself.", field: "permissions")
        }
    }

    /// When a new key ends: after its lifetime, and not after the key that makes it; nil for never.
    private static func end(
        after lifetime: Duration?, madeBy parent: APIKey?, on connection: any SQLConnection
    ) throws(StorageError) -> Timestamp? {
        let wanted = try lifetime.map { lifetime throws(StorageError) in
            try connection.row("SELECT now_us() AS now").time("now") + lifetime
        }
        return [wanted, parent?.expiresAt].compactMap { $0 }.min()
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

    /// Revokes a key of the caller's workspace for good, and with it every key that it made, and that those made.
    ///
    /// - Throws: ``Problem`` 404 when there is no such key there.
    package func revoke(_ id: APIKeyID, by caller: Caller) async throws {
        let revoked = try await database.transact { connection in
            try Self.lock(caller.workspace, on: connection)
            let revoked = try revoke(where: "id = $2", SQLValue(id), by: caller, on: connection)
            guard !revoked.isEmpty else {
                throw Problem(.notFound, "There is no such key; it may be revoked already.")
            }
            return revoked
        }
        await cache.forget(revoked, logger: logger)
    }

    /// ``APIKeyRows/revoke(where:_:in:on:)`` in the caller's workspace, noted in the journal; returns what caches may hold.
    func revoke(
        where condition: String, _ value: SQLValue, by caller: Caller, on connection: any SQLConnection
    ) throws(StorageError) -> [SessionKey] {
        let revoked = try APIKeyRows.revoke(where: condition, value, in: caller.workspace, on: connection)
        for key in revoked { try journal.record(.keyRevoked(key.id, by: caller), on: connection) }
        return revoked.map(\.cached)
    }

    // MARK: Rows

    private struct Found: Sendable {
        let caller: Authenticated
        let hash: String
        /// nil for a key without an end.
        let remaining: Int64?
        let needsTouch: Bool
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
                    madeBy: try row.optionalID("made_by"), permissions: try row.permissions(),
                    createdAt: try row.time("created_at"),
                    lastUsedAt: try row.optionalTime("last_used_at"), expiresAt: try row.optionalTime("expires_at"),
                    revokedAt: try row.optionalTime("revoked_at"), hasEnded: try row.bool("has_ended")))
        }
        return keys
    }

    private static func owner(_ row: SQLRow) throws(StorageError) -> Principal.Actor {
        if let user: UserID = try row.optionalID("user_id") { return .user(user) }
        return .service(try row.id("service_account"))
    }

    static var noAccount: Problem {
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
