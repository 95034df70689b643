import Endpoints
package import Model
import Storage

/// Makes workspaces and changes them as wholes.
package struct WorkspaceStore: Sendable {
    package let tenants: TenantDatabase
    /// How long a deleted workspace can be restored.
    package let gracePeriod: Duration
    /// What of other parts goes with a workspace when it is removed for good, in order, each in the same transaction.
    package let removals: [WorkspaceRemoval]

    /// How many workspaces one person may own.
    package static let ownershipLimit: Int = 100

    package init(
        _ tenants: TenantDatabase, gracePeriod: Duration = .seconds(30 * 86_400), removals: [WorkspaceRemoval] = []
    ) {
        self.tenants = tenants
        self.gracePeriod = gracePeriod
        self.removals = removals
    }

    /// Makes a workspace with its roles, its limits and its owner, in one transaction.
    ///
    /// - Parameter slug: its name in addresses; made of the name when there is none.
    /// - Throws: `Problem`: `conflict` when the slug is taken.
    package func create(
        name: String, slug: String? = nil, owner: UserID, by caller: Caller
    ) async throws -> Workspace {
        let name = try NameRules.checked(name)
        let id = WorkspaceID()
        let slug = slug ?? Self.slug(of: name, id)
        guard NameRules.isSlug(slug) else {
            throw Problem(
                .unprocessable, "A slug has 3 to 40 of a-z, 0-9 and '-', and begins and ends without '-'.",
                field: "slug")
        }
        let plan = tenants.plans.initial
        let workspace = try await tenants.database.transact { connection in
            try Self.checkOwnerships(of: owner, on: connection)
            let made = try connection.query(
                """
                INSERT INTO workspace (id, slug, name, state, plan, created_at, updated_at)
                VALUES ($1, $2, $3, 'active', $4, now_us(), now_us()) ON CONFLICT DO NOTHING
                RETURNING \(Workspace.columns)
                """, [SQLValue(id), .text(slug), .text(name), .text(plan.name)])
            guard let row = made.first else {
                throw Problem(.conflict, "The slug '\(slug)' is taken; choose another.", field: "slug")
            }
            let roles = try Role.insertBuiltIn(into: id, on: connection)
            try connection.execute(
                "INSERT INTO membership (workspace, member, role, joined_at) VALUES ($1, $2, $3, now_us())",
                [SQLValue(id), SQLValue(owner), SQLValue(roles[.owner])])
            try Self.apply(plan, to: id, on: connection)
            try connection.audit(
                AuditRecord(
                    "workspace.created", by: caller, target: id.description,
                    detail: ["name": name, "slug": slug, "plan": plan.name, "owner": owner.description]), in: id)
            return try Workspace(row)
        }
        await tenants.listener.rightsChanged(
            RightsChange(workspace: id, epoch: workspace.authorizationEpoch, users: [owner]))
        return workspace
    }

    /// One workspace.
    ///
    /// - Throws: `Problem`: `notFound`.
    package func workspace(_ id: WorkspaceID) async throws -> Workspace {
        try await tenants.database.look { connection in try Workspace.read(id, on: connection) }
    }

    /// Makes a person an owner of a workspace that has no members: how the first owner of a server takes over what it kept
    /// before it had accounts.
    package func adopt(_ id: WorkspaceID = .local, owner: UserID, by caller: Caller) async throws {
        try await tenants.changeRights(in: id, of: [owner]) { connection, _ in
            guard try Self.adopt(id, owner: owner, by: caller, on: connection) else {
                throw Problem(.conflict, "The workspace has members already; one of its owners can transfer it.")
            }
        }
    }

    /// The same in a transaction that holds the workspace's rights. False for one that has members.
    static func adopt(
        _ id: WorkspaceID, owner: UserID, by caller: Caller, on connection: any SQLConnection
    ) throws(StorageError) -> Bool {
        let members = try connection.query(
            "SELECT member FROM membership WHERE workspace = $1 LIMIT 1", [SQLValue(id)])
        guard members.isEmpty else { return false }
        let role = try Role.builtIn(.owner, in: id, on: connection)
        try connection.execute(
            "INSERT INTO membership (workspace, member, role, joined_at) VALUES ($1, $2, $3, now_us())",
            [SQLValue(id), SQLValue(owner), SQLValue(role.id)])
        try connection.audit(AuditRecord("workspace.adopted", by: caller, target: owner.description), in: id)
        return true
    }

    /// Gives it another name.
    package func rename(_ name: String, by caller: Caller) async throws -> Workspace {
        let name = try NameRules.checked(name)
        let id = caller.workspace
        return try await tenants.database.transact { connection in
            let rows = try connection.query(
                """
                UPDATE workspace SET name = $2, updated_at = now_us() WHERE id = $1 AND state = 'active'
                RETURNING \(Workspace.columns)
                """, [SQLValue(id), .text(name)])
            guard let row = rows.first else { throw try Workspace.read(id, on: connection).refusal }
            try connection.audit(AuditRecord("workspace.renamed", by: caller, detail: ["name": name]), in: id)
            return try Workspace(row)
        }
    }

    /// Makes another member the owner; a person who does so becomes an admin.
    package func transfer(to member: UserID, by caller: Caller) async throws {
        let id = caller.workspace
        try await tenants.changeRights(in: id) { connection, workspace in
            let granter = try Granter(caller, in: workspace, plans: tenants.plans, on: connection)
            guard granter.isOwner else { throw Problem(.forbidden, "Only an owner can transfer the workspace.") }
            let owner = try Role.builtIn(.owner, in: id, on: connection)
            let admin = try Role.builtIn(.admin, in: id, on: connection)
            _ = try Member.read(member, in: id, on: connection)
            guard caller.principal.actor.user != member else {
                throw Problem(.unprocessable, "You own the workspace already; name another member.", field: "member")
            }
            try Self.checkOwnerships(of: member, on: connection)
            try Member.setRole(owner.id, of: member, in: id, on: connection)
            if let former = caller.principal.actor.user {
                try Member.setRole(admin.id, of: former, in: id, on: connection)
                try Invite.revoke(beyond: admin, of: [former], in: id, by: caller, on: connection)
            }
            try connection.audit(
                AuditRecord("workspace.transferred", by: caller, target: member.description), in: id)
        }
    }

    /// Refuses to make somebody the owner of one workspace more than one person may own. Until the commit, nobody else makes
    /// that person an owner.
    static func checkOwnerships(of user: UserID, on connection: any SQLConnection) throws {
        try connection.holdName("ownerships/\(user)")
        let owned = try connection.row(
            """
            SELECT COUNT(*) AS count FROM membership m
            JOIN role r ON r.workspace = m.workspace AND r.id = m.role AND r.builtin = 'owner' WHERE m.member = $1
            """, [SQLValue(user)])
        guard try owned.integer("count") < ownershipLimit else {
            throw Problem(
                .conflict, "One person may own \(ownershipLimit) workspaces; delete or transfer one of them first.")
        }
    }

    /// A slug that nobody else has: the name's letters and digits, and the end of the id.
    private static func slug(of name: String, _ id: WorkspaceID) -> String {
        var words = ""
        for scalar in name.lowercased().unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9": words.unicodeScalars.append(scalar)
            default: if !words.isEmpty && !words.hasSuffix("-") { words += "-" }
            }
        }
        let start = words.prefix(24).split(separator: "-").joined(separator: "-")
        return (start.isEmpty ? "workspace" : start) + "-" + id.description.suffix(8)
    }
}
