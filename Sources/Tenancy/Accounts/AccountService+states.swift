import Endpoints
package import Model
import Storage

extension AccountService {
    /// Locks a person out: every session ends now, and no sign-in succeeds until ``enable(_:by:)``.
    package func disable(_ user: UserID, by caller: Caller) async throws {
        try await end(user, .disabled(user, by: caller)) { connection throws(StorageError) in
            try AccountRows.setStatus(.disabled, of: user, on: connection)
        }
    }

    /// Lets a person sign in again.
    package func enable(_ user: UserID, by caller: Caller) async throws {
        let isDone = try await database.write { connection throws(StorageError) in
            guard let account = try AccountRows.lock(user, on: connection), account.status != .deleted else {
                return false
            }
            try AccountRows.setStatus(.active, of: user, on: connection)
            try journal.record(.enabled(user, by: caller), on: connection)
            return true
        }
        guard isDone else { throw Self.nobody }
    }

    /// Deletes the caller's own account, after the password was given once more: sessions, keys and what is known of the
    /// person go; entries that name the account keep its id.
    package func delete(_ caller: Authenticated, password: Secret?) async throws {
        let (account, _) = try await confirmed(caller, by: password)
        try await delete(account.id)
    }

    /// Deletes an account on behalf of whoever runs the server.
    package func delete(_ user: UserID) async throws {
        try await end(user, .deleted(user)) { connection throws(StorageError) in
            try AccountRows.erase(user, on: connection)
        }
    }

    /// Lets a person run the server, or no longer. Either ends every session of the person: no session that was begun with
    /// other rights of that kind goes on with these.
    ///
    /// - Throws: ``Problem`` 409 for the last one who does.
    package func setOperator(_ isOperator: Bool, _ user: UserID, by caller: Caller) async throws {
        let ended = try await database.transact { connection -> [SessionKey] in
            if !isOperator { try Self.keepOperator(without: user, on: connection) }
            guard let account = try AccountRows.lock(user, on: connection), account.status == .active else {
                throw Self.nobody
            }
            guard account.isOperator != isOperator else { return [] }
            try AccountRows.setOperator(isOperator, user, on: connection)
            let ended = try AccountRows.endEverything(of: user, on: connection)
            try journal.record(.operatorChanged(user, isOperator: isOperator, by: caller), on: connection)
            return ended
        }
        await sessions.forget(keys: ended)
    }

    /// Accounts in the order of their ids.
    package func accounts(after: UserID? = nil, limit: Int) async throws -> [Account] {
        try await database.read { connection throws(StorageError) in
            try AccountRows.list(after: after, limit: limit, on: connection)
        }
    }

    private static func keepOperator(without user: UserID, on connection: any SQLConnection) throws {
        guard try AccountRows.account(user, on: connection)?.isOperator == true,
            try !AccountRows.hasOtherOperator(than: user, on: connection)
        else { return }
        throw Problem(.conflict, "This is the last person who runs the server; let another one run it first.")
    }

    private func end(
        _ user: UserID, _ event: AccountEvent,
        _ change: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Void
    ) async throws {
        let ended = try await database.transact { connection -> [SessionKey]? in
            try Self.keepOperator(without: user, on: connection)
            guard let account = try AccountRows.lock(user, on: connection), account.status != .deleted else {
                return nil
            }
            // The journal first: it may refuse, and after the change there is nothing left to read.
            try journal.record(event, on: connection)
            let ended = try AccountRows.endEverything(of: user, on: connection)
            try change(connection)
            return ended
        }
        guard let ended else { throw Self.nobody }
        await sessions.forget(keys: ended)
    }

    private static var nobody: Problem { Problem(.notFound, "There is no such account.") }
}
