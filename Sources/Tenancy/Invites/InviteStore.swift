import Endpoints
package import Model
import Storage

/// Brings people into workspaces: by a letter to an address, or by a link.
package struct InviteStore: Sendable {
    package let tenants: TenantDatabase
    /// Brings letters to addresses; nil for a server that sends none.
    package let post: (any InvitePost)?

    /// How many invitations of a workspace may be open at once.
    package static let limit: Int = 1_000
    /// How long one may hold.
    package static let lifetimes: ClosedRange<Duration> = .seconds(3_600) ... .seconds(30 * 86_400)
    /// How long one holds unless told.
    package static let defaultLifetime: Duration = .seconds(7 * 86_400)

    package init(_ tenants: TenantDatabase, post: (any InvitePost)? = nil) {
        self.tenants = tenants
        self.post = post
    }

    static let isOpen = "accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now_us()"

    /// Invites one person, into a role within the caller's rights.
    ///
    /// - Parameter email: only somebody with this address can accept, and the secret comes there by a letter that is written
    ///   in the same transaction; nil for whoever has the link.
    /// - Throws: `Problem`: `conflict` when an invitation to that address is open.
    package func invite(
        email: String?, role: RoleID, lifetime: Duration = defaultLifetime, by caller: Caller
    ) async throws -> NewInvite {
        let email = try email.map { try EmailAddress($0).normal }
        guard email == nil || post != nil else {
            throw Problem(.unprocessable, "This server sends no letters; leave the address out and pass the link on.")
        }
        guard Self.lifetimes.contains(lifetime) else {
            throw Problem(.unprocessable, "An invitation holds for one hour to 30 days.", field: "expires_in")
        }
        var random = SystemRandomNumberGenerator()
        let (workspace, id, token) = (caller.workspace, InviteID(), InviteToken(using: &random))
        // Locked as a change of rights is, so that the granter's hold until the invitation is there.
        return try await tenants.changeRights(in: workspace, of: []) { connection, current in
            let granter = try Granter(caller, in: current, plans: tenants.plans, on: connection)
            let role = try Role.read(role, in: workspace, on: connection)
            try granter.check(mayGrant: role.permissions, rank: role.rank)
            let open = try connection.row(
                "SELECT COUNT(*) AS count FROM invite WHERE workspace = $1 AND \(Self.isOpen)", [SQLValue(workspace)])
            guard try open.integer("count") < Self.limit else {
                throw Problem(.conflict, "\(Self.limit) invitations are open, as many as may be; revoke some first.")
            }
            if let email { try Self.closeLapsed(email, in: workspace, on: connection) }
            let made = try connection.query(
                """
                INSERT INTO invite (workspace, id, token_hash, email, role, created_by, created_at, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6, now_us(), now_us() + $7) ON CONFLICT DO NOTHING
                RETURNING \(Invite.columns)
                """,
                [
                    SQLValue(workspace), SQLValue(id), .text(token.hash), SQLValue(email), SQLValue(role.id),
                    .text(caller.principal.actor.description), .integer(lifetime.microseconds),
                ])
            guard let row = made.first else {
                throw Problem(
                    .conflict, "An invitation to that address is open; revoke it to send another.", field: "email")
            }
            let invite = try Invite(row)
            try connection.audit(
                AuditRecord(
                    "invite.created", by: caller, target: id.description,
                    detail: ["email": email ?? "", "role": role.name]), in: workspace)
            let new = NewInvite(invite: invite, token: token, workspaceName: current.name)
            if email != nil { try post?.send(new, on: connection) }
            return new
        }
    }

    /// The open invitations, the newest first.
    package func open(in workspace: WorkspaceID, before: InviteID? = nil, limit: Int = 100) async throws -> [Invite] {
        try await tenants.database.read { connection throws(StorageError) in
            let before = before.map { [SQLValue($0)] } ?? []
            var invites: [Invite] = []
            for row in try connection.query(
                """
                SELECT \(Invite.columns) FROM invite
                WHERE workspace = $1 AND \(Self.isOpen) \(before.isEmpty ? "" : "AND id < $2")
                ORDER BY id DESC LIMIT \(max(limit, 1))
                """, [SQLValue(workspace)] + before)
            {
                invites.append(try Invite(row))
            }
            return invites
        }
    }

    /// Takes an invitation back.
    ///
    /// - Throws: `Problem`: `notFound` for one that is not open, or not the workspace's.
    package func revoke(_ id: InviteID, by caller: Caller) async throws {
        let workspace = caller.workspace
        try await tenants.database.transact { connection in
            let revoked = try connection.execute(
                "UPDATE invite SET revoked_at = now_us() WHERE workspace = $1 AND id = $2 AND \(Self.isOpen)",
                [SQLValue(workspace), SQLValue(id)])
            guard revoked == 1 else { throw Problem(.notFound, "There is no open invitation \(id).") }
            try connection.audit(
                AuditRecord("invite.revoked", by: caller, target: id.description), in: workspace)
        }
    }

    /// Makes a person a member by an invitation, once.
    ///
    /// - Parameters:
    ///   - email: the person's address, if it is verified.
    ///   - request: the id of the request, for the log.
    /// - Returns: the workspace that the person is in now.
    /// - Throws: `Problem`: the same one for an invitation that is unknown, used, revoked, over or for somebody else.
    package func accept(
        _ token: InviteToken, by user: UserID, email: String?, request: String? = nil
    ) async throws -> Workspace {
        let hash = token.hash
        let found = try await tenants.database.read { connection throws(StorageError) -> WorkspaceID? in
            let rows = try connection.query(
                "SELECT workspace FROM invite WHERE token_hash = $1 AND \(Self.isOpen)", [.text(hash)])
            return try rows.first?.id("workspace")
        }
        guard let workspace = found else { throw Self.invalid }
        let address = email.flatMap { try? EmailAddress($0).normal }
        return try await tenants.changeRights(in: workspace, of: [user]) { connection, current in
            try Self.accept(hash, by: user, email: address, request: request, in: workspace, on: connection)
            return current
        }
    }

    /// The same in a transaction that holds the workspace's rights.
    static func accept(
        _ hash: String, by user: UserID, email address: String?, request: String? = nil, in workspace: WorkspaceID,
        on connection: any SQLConnection
    ) throws {
        let used = try connection.query(
            """
            UPDATE invite SET accepted_at = now_us(), accepted_by = $2 WHERE token_hash = $1 AND \(Self.isOpen)
            RETURNING \(Invite.columns)
            """, [.text(hash), SQLValue(user)])
        guard let row = used.first else { throw invalid }
        let invite = try Invite(row)
        guard invite.email == nil || invite.email == address else { throw invalid }
        if try Role.read(invite.role, in: workspace, on: connection).builtIn == .owner {
            try WorkspaceStore.checkOwnerships(of: user, on: connection)
        }
        let joined = try connection.execute(
            """
            INSERT INTO membership (workspace, member, role, joined_at) VALUES ($1, $2, $3, now_us())
            ON CONFLICT DO NOTHING
            """, [SQLValue(workspace), SQLValue(user), SQLValue(invite.role)])
        guard joined == 1 else { throw Problem(.conflict, "You are a member of that workspace already.") }
        let caller = Caller(
            Principal(actor: .user(user), workspace: workspace, permissions: []), request: request)
        try connection.audit(
            AuditRecord(
                "invite.accepted", by: caller, target: invite.id.description, detail: ["user": user.description]),
            in: workspace)
    }

    static let invalid: Problem = Problem(
        .notFound,
        """
        The invitation cannot be accepted: it was used or taken back, its time is over, or it is for another address. \
        Ask for a new one.
        """)

    /// Makes room for another invitation to an address whose earlier one is over.
    private static func closeLapsed(
        _ email: String, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            """
            UPDATE invite SET revoked_at = expires_at WHERE workspace = $1 AND email = $2 AND accepted_at IS NULL
                AND revoked_at IS NULL AND expires_at <= now_us()
            """, [SQLValue(workspace), .text(email)])
    }
}
