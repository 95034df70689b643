import Endpoints
package import Model

/// Who is calling, as proved by a session, an access token or an API key, with what follows from that: what the caches hold.
package struct Authenticated: Hashable, Sendable {
    /// A person or a program.
    package let actor: Principal.Actor
    /// The session behind a cookie or an access token.
    package let session: SessionID?
    /// The API key, if it was one.
    package let key: APIKeyID?
    /// When the caller last proved who it is.
    package let authTime: Timestamp
    /// Whether it is a person who runs this server, in a session.
    package let isOperator: Bool
    /// What the caller may do where, as ``RightsSource`` found it; for a key, in its one workspace and within its bounds.
    package let grants: [WorkspaceGrant]

    package init(
        actor: Principal.Actor, session: SessionID? = nil, key: APIKeyID? = nil, authTime: Timestamp,
        isOperator: Bool = false, grants: [WorkspaceGrant] = []
    ) {
        self.actor = actor
        self.session = session
        self.key = key
        self.authTime = authTime
        self.isOperator = isOperator
        self.grants = grants
    }

    /// The person; nil for the account of a program.
    package var user: UserID? { actor.user }

    /// Whether the caller has a place in that workspace.
    package func belongs(to workspace: WorkspaceID) -> Bool { grants.contains { $0.workspace == workspace } }

    /// The caller in one workspace: in the one that was asked for, or in the first of its own. In a session, a person may
    /// besides do what needs no workspace.
    ///
    /// - Throws: `Problem` 404, the same for a workspace that is not there and for somebody else's.
    package func principal(in requested: WorkspaceID?) throws -> Principal {
        var permissions: PermissionSet = []
        if session != nil { permissions.insert(.account) }
        if isOperator { permissions.insert(.operate) }
        if let requested {
            guard let grant = grants.first(where: { $0.workspace == requested }) else {
                throw Problem(.notFound, "There is no such workspace; the list of workspaces has yours.")
            }
            return Principal(
                actor: actor, workspace: requested, permissions: permissions.union(grant.permissions), key: key)
        }
        guard let first = grants.first else {
            // Without a permission there the workspace stands for none.
            return Principal(actor: actor, workspace: .local, permissions: permissions, key: key)
        }
        return Principal(
            actor: actor, workspace: first.workspace, permissions: permissions.union(first.permissions), key: key)
    }
}

/// What a caller may do in one workspace, as of one state of the workspace's rules.
package struct WorkspaceGrant: Hashable, Sendable {
    package let workspace: WorkspaceID
    package let permissions: PermissionSet
    /// The workspace's `authz_epoch`.
    package let epoch: Int64

    package init(workspace: WorkspaceID, permissions: PermissionSet, epoch: Int64) {
        self.workspace = workspace
        self.permissions = permissions
        self.epoch = epoch
    }

    /// No more than the bounds of a key allow.
    func within(_ scope: PermissionSet) -> WorkspaceGrant {
        .init(workspace: workspace, permissions: permissions.intersection(scope), epoch: epoch)
    }
}
