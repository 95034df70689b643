import Endpoints
package import Logging
package import Model
package import Storage

/// Lets the holders of sessions in, shows people their sessions and ends them.
package struct SessionService: Sendable {
    private let database: any SQLDatabase
    /// What remembers sessions; its switch is here.
    package let cache: SessionCache
    private let rights: any RightsSource
    private let logger: Logger

    package init(
        database: any SQLDatabase, cache: SessionCache, rights: any RightsSource, logger: Logger
    ) {
        self.database = database
        self.cache = cache
        self.rights = rights
        self.logger = logger
    }

    /// Who holds the session with that token.
    ///
    /// - Throws: ``Problem`` 401, the same for a token that never was, has ended or has expired.
    package func authenticate(_ token: Secret) async throws -> Authenticated {
        // What cannot be a token is not looked up.
        guard token.revealed.utf8.count == PendingSession.prefix.utf8.count + 43,
            token.revealed.hasPrefix(PendingSession.prefix)
        else { throw Self.refusal }
        return try await authenticated(.token(TokenDigest(of: token)))
    }

    /// Who holds the session with that id, for access tokens, which prove the rest.
    func authenticate(_ id: SessionID) async throws -> Authenticated {
        try await authenticated(.id(id))
    }

    /// A person's sessions, the last used first.
    package func list(of user: UserID) async throws -> [Session] {
        try await database.read { connection throws(StorageError) in try SessionRows.list(of: user, on: connection) }
    }

    /// Ends one of the person's sessions; when this returns, it works nowhere.
    ///
    /// - Throws: ``Problem`` 404 when the person has no such session.
    package func end(_ id: SessionID, of user: UserID, journal: any AccountJournal = NoAccountJournal()) async throws {
        let ended = try await database.write { connection throws(StorageError) in
            let ended = try SessionRows.end(id, of: user, on: connection)
            if ended != nil { try journal.record(.signedOut(user, id), on: connection) }
            return ended
        }
        guard let ended else { throw Problem(.notFound, "There is no such session; it may have ended already.") }
        await forget([ended])
    }

    /// Ends all of a person's sessions but the caller's.
    package func endOthers(
        of user: UserID, but kept: SessionID, journal: any AccountJournal = NoAccountJournal()
    ) async throws {
        let ended = try await database.write { connection throws(StorageError) in
            let ended = try SessionRows.endOthers(of: user, but: kept, on: connection)
            if !ended.isEmpty {
                try journal.record(.otherSessionsEnded(user, count: ended.count), on: connection)
            }
            return ended
        }
        await forget(ended)
    }

    /// Makes every process ask again what those may do whose rights have changed.
    func forgetRights(_ change: RightsChange) async {
        do {
            let keys = try await database.read { connection throws(StorageError) in
                try SessionRows.keys(after: change, on: connection)
            }
            await cache.forget(keys, logger: logger)
        } catch {
            logger.error(
                "changed rights could not be announced one by one; every session is asked for again",
                metadata: ["workspace": "\(change.workspace)", "reason": "\(error)"])
            await cache.raiseEmergency(logger)
        }
    }

    /// Forgets what a transaction has ended.
    func forget(keys: [SessionKey]) async {
        await cache.forget(keys, logger: logger)
    }

    /// Forgets sessions that a transaction has ended.
    func forget(_ ended: [SessionReference]) async {
        await cache.forget(ended.flatMap(\.keys), logger: logger)
    }

    private func authenticated(_ key: SessionKey) async throws -> Authenticated {
        guard let caller = try await cache.caller(key, fill: { try await read(key) }) else { throw Self.refusal }
        return caller
    }

    private func read(_ key: SessionKey) async throws -> (caller: Authenticated, remaining: Duration)? {
        let found = try await database.read { connection throws(StorageError) in
            guard let row = try SessionRows.live(key, on: connection) else {
                return nil as (row: SessionRows.LiveRow, grants: [WorkspaceGrant])?
            }
            return (row, try rights.grants(of: row.user, on: connection))
        }
        guard let (row, grants) = found else { return nil }
        if row.needsTouch {
            try await database.write(.derived) { connection throws(StorageError) in
                try SessionRows.touch(row.id, on: connection)
            }
        }
        let caller = Authenticated(
            actor: .user(row.user), session: row.id, authTime: row.authAt, isOperator: row.isOperator, grants: grants)
        return (caller, row.remaining)
    }

    private static var refusal: Problem {
        Problem(.unauthenticated, "The session has ended; sign in again.")
    }
}
