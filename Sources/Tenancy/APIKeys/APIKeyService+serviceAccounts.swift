import Endpoints
package import Model
import Storage

/// Accounts of programs.
extension APIKeyService {
    /// The most service accounts of one workspace that are not disabled.
    package static let accountLimit: Int = 500

    /// Makes an account for a program in the caller's workspace; keys are what it is used with.
    ///
    /// - Throws: ``Problem``: `conflict` for a name that is taken, or when there are as many as may be.
    package func createServiceAccount(name: String, by caller: Caller) async throws -> ServiceAccount {
        let name = try AccountService.checked(name: name)
        let (id, workspace) = (ServiceAccountID(), caller.workspace)
        return try await database.transact { connection in
            try Self.lock(workspace, on: connection)
            let working = try connection.row(
                "SELECT COUNT(*) AS count FROM service_accounts WHERE workspace = $1 AND disabled_at IS NULL",
                [SQLValue(workspace)])
            guard try working.integer("count") < Self.accountLimit else {
                throw Problem(
                    .conflict,
                    "The workspace has \(Self.accountLimit) service accounts, as many as it may; disable one first.")
            }
            let inserted = try connection.execute(
                """
                INSERT INTO service_accounts (workspace, id, name, created_by, created_at)
                VALUES ($1, $2, $3, $4, now_us()) ON CONFLICT DO NOTHING
                """, [SQLValue(workspace), SQLValue(id), .text(name), SQLValue(caller.principal.actor.user)])
            guard inserted == 1 else {
                throw Problem(.conflict, "The workspace has a service account with this name already.", field: "name")
            }
            try journal.record(.serviceAccountCreated(id, by: caller), on: connection)
            guard let account = try Self.serviceAccount(id, in: workspace, on: connection) else {
                throw StorageError(.corrupt, "A service account that was just stored is not there.")
            }
            return account
        }
    }

    /// A page of a workspace's service accounts, by name. Index: the unique one on `workspace` and `name`.
    ///
    /// - Parameter last: the last one of the page before this one.
    package func serviceAccounts(
        in workspace: WorkspaceID, after last: ServiceAccountID? = nil, limit: Int = 100
    ) async throws -> [ServiceAccount] {
        try await database.read { connection throws(StorageError) in
            // Names are longer than what a cursor holds; they do not change, and accounts stay when they are disabled.
            let rest = "AND name > (SELECT name FROM service_accounts WHERE workspace = $1 AND id = $2)"
            let last = last.map { [SQLValue($0)] } ?? []
            var accounts: [ServiceAccount] = []
            for row in try connection.query(
                """
                SELECT * FROM service_accounts WHERE workspace = $1 \(last.isEmpty ? "" : rest) ORDER BY name
                LIMIT \(max(limit, 1))
                """, [SQLValue(workspace)] + last)
            {
                accounts.append(try Self.serviceAccount(row))
            }
            return accounts
        }
    }

    /// Locks a program out: its keys end, with those that they made.
    package func disableServiceAccount(_ id: ServiceAccountID, by caller: Caller) async throws {
        let workspace = caller.workspace
        let keys = try await database.transact { connection in
            try Self.lock(workspace, on: connection)
            let changed = try connection.execute(
                """
                UPDATE service_accounts SET disabled_at = now_us()
                WHERE workspace = $1 AND id = $2 AND disabled_at IS NULL
                """, [SQLValue(workspace), SQLValue(id)])
            guard changed == 1 else { throw Self.noAccount }
            try journal.record(.serviceAccountDisabled(id, by: caller), on: connection)
            return try revoke(where: "service_account = $2", SQLValue(id), by: caller, on: connection)
        }
        await cache.forget(keys, logger: logger)
    }

    static func serviceAccount(
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
}
