import Endpoints
package import Model
import Storage

/// The people of workspaces.
package struct MemberStore: Sendable {
    package let tenants: TenantDatabase

    package init(_ tenants: TenantDatabase) {
        self.tenants = tenants
    }

    // MARK: Reading

    /// What decides a person's rights in a workspace; nil for somebody who is no member of it.
    package func access(of user: UserID, in workspace: WorkspaceID) async throws -> Access? {
        try await accesses(of: user, condition: "AND w.id = $2", [SQLValue(workspace)]).first
    }

    /// The workspaces that a person is in, the oldest membership first. Index: membership_member.
    package func accesses(of user: UserID) async throws -> [Access] {
        try await accesses(of: user, condition: "", [])
    }

    private func accesses(of user: UserID, condition: String, _ values: [SQLValue]) async throws -> [Access] {
        try await tenants.database.read { connection throws(StorageError) in
            try Self.accesses(of: user, condition: condition, values, plans: tenants.plans, on: connection)
        }
    }

    static func accesses(
        of user: UserID, condition: String = "", _ values: [SQLValue] = [], plans: PlanCatalog,
        on connection: any SQLConnection
    ) throws(StorageError) -> [Access] {
        var accesses: [Access] = []
        for row in try connection.query(
            """
            SELECT w.id AS id, w.slug AS slug, w.name AS name, w.state AS state, w.reason AS reason, w.plan AS plan,
                w.authz_epoch AS authz_epoch, w.created_at AS created_at, w.updated_at AS updated_at,
                w.purge_at AS purge_at, \(Role.columns)
            FROM \(Member.tables) JOIN workspace w ON w.id = m.workspace
            WHERE m.member = $1 \(condition) ORDER BY m.joined_at, w.id
            """, [SQLValue(user)] + values)
        {
            let workspace = try Workspace(row)
            accesses.append(
                Access(
                    workspace: workspace, role: try Role(row), withheld: plans.plan(of: workspace).withheld))
        }
        return accesses
    }

    /// What decides the rights of a workspace's programs; nil when it is gone.
    package func standing(of workspace: WorkspaceID) async throws -> Standing? {
        try await tenants.database.read { connection throws(StorageError) in
            try Self.standing(of: workspace, plans: tenants.plans, on: connection)
        }
    }

    static func standing(
        of workspace: WorkspaceID, plans: PlanCatalog, on connection: any SQLConnection
    ) throws(StorageError) -> Standing? {
        let rows = try connection.query(
            "SELECT \(Workspace.columns) FROM workspace WHERE id = $1", [SQLValue(workspace)])
        guard let row = rows.first else { return nil }
        let workspace = try Workspace(row)
        return Standing(workspace: workspace, withheld: plans.plan(of: workspace).withheld)
    }

    /// A page of members, by id.
    package func members(
        of workspace: WorkspaceID, after: UserID? = nil, limit: Int = 100
    ) async throws -> [Member] {
        try await tenants.database.read { connection throws(StorageError) in
            let after = after.map { [SQLValue($0)] } ?? []
            var members: [Member] = []
            for row in try connection.query(
                """
                SELECT \(Member.columns) FROM \(Member.tables)
                WHERE m.workspace = $1 \(after.isEmpty ? "" : "AND m.member > $2") ORDER BY m.member
                LIMIT \(max(limit, 1))
                """, [SQLValue(workspace)] + after)
            {
                members.append(try Member(row))
            }
            return members
        }
    }

    /// One member.
    ///
    /// - Throws: `Problem`: `notFound`.
    package func member(_ user: UserID, of workspace: WorkspaceID) async throws -> Member {
        try await tenants.database.look { connection in try Member.read(user, in: workspace, on: connection) }
    }

    // MARK: Changes

    /// Gives a member another role: one within the caller's rights, and of a member below the caller's rank.
    package func setRole(_ role: RoleID, of user: UserID, by caller: Caller) async throws -> Member {
        let workspace = caller.workspace
        return try await tenants.changeRights(in: workspace, of: [user]) { connection, current in
            let granter = try Granter(caller, in: current, plans: tenants.plans, on: connection)
            let member = try Member.read(user, in: workspace, on: connection)
            let role = try Role.read(role, in: workspace, on: connection)
            try granter.checkOutranks(member.role.rank)
            try granter.check(mayGrant: role.permissions, rank: role.rank)
            if role.builtIn != .owner {
                try Self.keepOwner(without: member, in: workspace, on: connection)
            } else if member.role.builtIn != .owner {
                try WorkspaceStore.checkOwnerships(of: user, on: connection)
            }
            try Member.setRole(role.id, of: user, in: workspace, on: connection)
            try Invite.revoke(beyond: role, of: [user], in: workspace, by: caller, on: connection)
            try connection.audit(
                AuditRecord(
                    "member.role_changed", by: caller, target: user.description,
                    detail: ["from": member.role.name, "to": role.name]), in: workspace)
            return try Member.read(user, in: workspace, on: connection)
        }
    }

    /// Removes a member below the caller's rank.
    package func remove(_ user: UserID, by caller: Caller) async throws {
        let workspace = caller.workspace
        try await tenants.changeRights(in: workspace, of: [user]) { connection, current in
            let granter = try Granter(caller, in: current, plans: tenants.plans, on: connection)
            let member = try Member.read(user, in: workspace, on: connection)
            try granter.checkOutranks(member.role.rank)
            try Self.delete(member, by: caller, on: connection)
            try connection.audit(
                AuditRecord("member.removed", by: caller, target: user.description), in: workspace)
        }
    }

    /// Takes the caller out of the workspace; the last owner stays.
    package func leave(by caller: Caller) async throws {
        let workspace = caller.workspace
        guard let user = caller.principal.actor.user else {
            throw Problem(.unprocessable, "Only a person can leave a workspace.")
        }
        try await tenants.changeRights(in: workspace, states: Set(WorkspaceState.allCases), of: [user]) {
            connection, _ in
            try Self.delete(Member.read(user, in: workspace, on: connection), by: caller, on: connection)
            try connection.audit(AuditRecord("member.left", by: caller, target: user.description), in: workspace)
        }
    }

    /// Takes a person whose account is closed out of every workspace, in the transaction that closes it.
    ///
    /// - Throws: `Problem`: `conflict` where the person is the last owner of a workspace that is not being removed.
    static func removeEverywhere(_ user: UserID, on connection: any SQLConnection) throws {
        // In order, so that two closings that share workspaces take their locks alike.
        for row in try connection.query(
            "SELECT workspace FROM membership WHERE member = $1 ORDER BY workspace", [SQLValue(user)])
        {
            let workspace: WorkspaceID = try row.id("workspace")
            let current = try Workspace.lockRights(in: workspace, on: connection)
            let member = try Member.read(user, in: workspace, on: connection)
            if current.state != .deleting { try keepOwner(without: member, in: workspace, on: connection) }
            let caller = Caller(Principal(actor: .user(user), workspace: workspace, permissions: []))
            try detach(member, by: caller, on: connection)
            try connection.audit(
                AuditRecord("member.left", by: caller, target: user.description, detail: ["reason": "account closed"]),
                in: workspace)
        }
    }

    /// The workspace's row is locked, so of two last owners who leave at once only one does.
    private static func delete(_ member: Member, by caller: Caller, on connection: any SQLConnection) throws {
        try keepOwner(without: member, in: caller.workspace, on: connection)
        try detach(member, by: caller, on: connection)
    }

    private static func detach(
        _ member: Member, by caller: Caller, on connection: any SQLConnection
    ) throws(StorageError) {
        let workspace = caller.workspace
        // Who reported to the person reports to the person's manager now.
        try connection.execute(
            "UPDATE membership SET manager = $3 WHERE workspace = $1 AND manager = $2",
            [SQLValue(workspace), SQLValue(member.user), SQLValue(member.manager)])
        // Nobody comes in by the word of somebody who is out.
        try connection.execute(
            """
            UPDATE invite SET revoked_at = now_us()
            WHERE workspace = $1 AND created_by = $2 AND accepted_at IS NULL AND revoked_at IS NULL
            """, [SQLValue(workspace), .text(member.user.description)])
        // Nor do the person's keys come back to life with another invitation, and what they made ends with them. Caches forget
        // these by `SessionRows.keys(after:)`, or as keys of a closed account.
        let ended = try APIKeyRows.revoke(where: "user_id = $2", SQLValue(member.user), in: workspace, on: connection)
        try connection.audit(
            ended.map { AuditRecord("key.revoked", by: caller, target: $0.id.description) }, in: workspace)
        try connection.execute(
            "DELETE FROM membership WHERE workspace = $1 AND member = $2",
            [SQLValue(workspace), SQLValue(member.user)])
    }

    private static func keepOwner(
        without member: Member, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws {
        guard member.role.builtIn == .owner else { return }
        let owners = try connection.row(
            """
            SELECT COUNT(*) AS count FROM \(Member.tables) WHERE m.workspace = $1 AND r.builtin = 'owner'
            """, [SQLValue(workspace)])
        guard try owners.integer("count") > 1 else {
            throw Problem(.conflict, "This is the last owner of the workspace; transfer it or delete it instead.")
        }
    }
}
