import Endpoints
package import Model
import Storage

/// The roles of workspaces: the built-in ones, and those that a workspace makes of fine-grained permissions.
package struct RoleStore: Sendable {
    package let tenants: TenantDatabase

    /// How many roles of its own a workspace may have.
    package static let limit: Int = 100
    /// The ranks of a workspace's own roles.
    package static let ranks: ClosedRange<Int> = 1...999

    package init(_ tenants: TenantDatabase) {
        self.tenants = tenants
    }

    /// All of them, the highest rank first.
    package func roles(in workspace: WorkspaceID) async throws -> [Role] {
        try await tenants.database.read { connection throws(StorageError) in
            var roles: [Role] = []
            for row in try connection.query(
                "SELECT \(Role.columns) FROM role r WHERE r.workspace = $1", [SQLValue(workspace)])
            {
                roles.append(try Role(row))
            }
            return roles.sorted { ($1.rank, $0.name) < ($0.rank, $1.name) }
        }
    }

    /// One role.
    ///
    /// - Throws: `Problem`: `notFound`.
    package func role(_ id: RoleID, in workspace: WorkspaceID) async throws -> Role {
        try await tenants.database.look { connection in try Role.read(id, in: workspace, on: connection) }
    }

    /// Makes a role within the caller's rights and below the caller's rank.
    package func create(
        name: String, permissions: PermissionSet, rank: Int, by caller: Caller
    ) async throws -> Role {
        let name = try checked(name: name, permissions: permissions, rank: rank)
        let (workspace, id) = (caller.workspace, RoleID())
        return try await tenants.changeRights(in: workspace) { connection, current in
            let granter = try Granter(caller, in: current, plans: tenants.plans, on: connection)
            try granter.check(mayGrant: permissions, rank: rank)
            let count = try connection.row(
                "SELECT COUNT(*) AS count FROM role WHERE workspace = $1 AND builtin IS NULL", [SQLValue(workspace)])
            guard try count.integer("count") < Self.limit else {
                throw Problem(.conflict, "The workspace has \(Self.limit) roles of its own, as many as it may.")
            }
            let made = try connection.execute(
                """
                INSERT INTO role (workspace, id, name, mask_low, mask_high, rank, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, now_us(), now_us()) ON CONFLICT DO NOTHING
                """,
                [SQLValue(workspace), SQLValue(id), .text(name)] + permissions.values + [SQLValue(rank)])
            guard made == 1 else { throw taken(name) }
            try connection.audit(record("role.created", id, name, permissions, rank, caller), in: workspace)
            return try Role.read(id, in: workspace, on: connection)
        }
    }

    /// Replaces a role of the workspace's own. The rule of granting holds as if it were made anew, and the role as it was has to
    /// be within the caller's reach too.
    package func update(
        _ id: RoleID, name: String, permissions: PermissionSet, rank: Int, by caller: Caller
    ) async throws -> Role {
        let name = try checked(name: name, permissions: permissions, rank: rank)
        let workspace = caller.workspace
        return try await tenants.changeRights(in: workspace) { connection, current in
            let role = try ownRole(id, in: workspace, on: connection)
            let granter = try Granter(caller, in: current, plans: tenants.plans, on: connection)
            try granter.checkOutranks(role.rank)
            try granter.check(mayGrant: permissions, rank: rank)
            let others = try connection.query(
                "SELECT id FROM role WHERE workspace = $1 AND name = $2 AND id <> $3",
                [SQLValue(workspace), .text(name), SQLValue(id)])
            guard others.isEmpty else { throw taken(name) }
            try connection.execute(
                """
                UPDATE role SET name = $3, mask_low = $4, mask_high = $5, rank = $6, updated_at = now_us()
                WHERE workspace = $1 AND id = $2
                """,
                [SQLValue(workspace), SQLValue(id), .text(name)] + permissions.values + [SQLValue(rank)])
            try connection.audit(record("role.updated", id, name, permissions, rank, caller), in: workspace)
            let updated = try Role.read(id, in: workspace, on: connection)
            let holders = try Member.users(with: id, in: workspace, on: connection)
            try Invite.revoke(beyond: updated, of: holders, in: workspace, by: caller, on: connection)
            return updated
        }
    }

    /// Removes a role that nobody has and no open invitation gives.
    package func remove(_ id: RoleID, by caller: Caller) async throws {
        let workspace = caller.workspace
        try await tenants.changeRights(in: workspace) { connection, current in
            let role = try ownRole(id, in: workspace, on: connection)
            let granter = try Granter(caller, in: current, plans: tenants.plans, on: connection)
            try granter.checkOutranks(role.rank)
            let keys = [SQLValue(workspace), SQLValue(id)]
            let uses = try connection.row(
                """
                SELECT (SELECT COUNT(*) FROM membership WHERE workspace = $1 AND role = $2) AS members,
                    (SELECT COUNT(*) FROM invite WHERE workspace = $1 AND role = $2 AND accepted_at IS NULL
                        AND revoked_at IS NULL AND expires_at > now_us()) AS invites
                """, keys)
            let (members, invites) = (try uses.integer("members"), try uses.integer("invites"))
            guard members == 0, invites == 0 else {
                throw Problem(
                    .conflict,
                    "\(members) members and \(invites) open invitations have the role; give them another first.")
            }
            // Invitations that are over; the log keeps what they were.
            try connection.execute("DELETE FROM invite WHERE workspace = $1 AND role = $2", keys)
            try connection.execute("DELETE FROM role WHERE workspace = $1 AND id = $2", keys)
            try connection.audit(
                AuditRecord("role.removed", by: caller, target: id.description, detail: ["name": role.name]),
                in: workspace)
        }
    }

    private func ownRole(_ id: RoleID, in workspace: WorkspaceID, on connection: any SQLConnection) throws -> Role {
        let role = try Role.read(id, in: workspace, on: connection)
        guard role.builtIn == nil else {
            throw Problem(.conflict, "'\(role.name)' is a built-in role, which nobody changes; make one of your own.")
        }
        return role
    }

    private func checked(name: String, permissions: PermissionSet, rank: Int) throws -> String {
        guard permissions.isSubset(of: .grantable) else {
            throw Problem(
                .unprocessable, "No role holds \(permissions.subtracting(.grantable)).", field: "permissions")
        }
        guard Self.ranks.contains(rank) else {
            throw Problem(.unprocessable, "A rank lies between 1 and 999; an owner's is 1000.", field: "rank")
        }
        return try NameRules.checked(name, upTo: 60)
    }

    private func taken(_ name: String) -> Problem {
        Problem(.conflict, "There is a role named '\(name)' already.", field: "name")
    }

    private func record(
        _ action: String, _ id: RoleID, _ name: String, _ permissions: PermissionSet, _ rank: Int, _ caller: Caller
    ) -> AuditRecord {
        AuditRecord(
            action, by: caller, target: id.description,
            detail: ["name": name, "permissions": permissions.description, "rank": String(rank)])
    }
}
