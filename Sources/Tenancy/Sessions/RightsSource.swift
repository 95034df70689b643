package import Model
package import Storage

/// Finds what callers may do in which workspaces, when one is read for the caches.
///
/// Whoever changes what it would find tells ``SessionRights`` after the commit.
package protocol RightsSource: Sendable {
    /// A person's workspaces, the oldest membership first.
    func grants(of user: UserID, on connection: any SQLConnection) throws(StorageError) -> [WorkspaceGrant]

    /// What a program's key allows in its workspace; nil when that is gone.
    func grant(
        ofKey permissions: PermissionSet, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> WorkspaceGrant?
}

/// The workspaces of this server.
package struct TenantRights: RightsSource {
    private let plans: PlanCatalog

    package init(plans: PlanCatalog) {
        self.plans = plans
    }

    package func grants(of user: UserID, on connection: any SQLConnection) throws(StorageError) -> [WorkspaceGrant] {
        try MemberStore.accesses(of: user, plans: plans, on: connection).map { access in
            WorkspaceGrant(
                workspace: access.workspace.id, permissions: access.permissions(), epoch: access.epoch)
        }
    }

    package func grant(
        ofKey permissions: PermissionSet, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> WorkspaceGrant? {
        try MemberStore.standing(of: workspace, plans: plans, on: connection).map { standing in
            WorkspaceGrant(
                workspace: workspace, permissions: standing.permissions(key: permissions),
                epoch: standing.workspace.authorizationEpoch)
        }
    }
}

/// Makes every process ask again what people and programs may do, when that has changed.
package struct SessionRights: RightsListener {
    private let sessions: SessionService

    package init(_ sessions: SessionService) {
        self.sessions = sessions
    }

    package func rightsChanged(_ change: RightsChange) async {
        await sessions.forgetRights(change)
    }
}
