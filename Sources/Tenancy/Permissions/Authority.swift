package import Model

/// What decides the rights of one caller in one workspace, taken together.
///
/// Every part only takes away: nobody may do more than the role says, than the key was made for, than the plan has, than
/// the state of the workspace leaves.
package struct Authority: Hashable, Sendable {
    /// The permissions of the member's role.
    package var role: PermissionSet
    /// Whether that is the role of owners.
    package var isOwner: Bool
    /// What the key was made for; nil for a session, which has no bound of its own.
    package var scope: PermissionSet?
    /// What the plan does not have.
    package var withheld: PermissionSet
    /// Whether the workspace works.
    package var state: WorkspaceState

    package init(
        role: PermissionSet, isOwner: Bool = false, scope: PermissionSet? = nil, withheld: PermissionSet = [],
        state: WorkspaceState = .active
    ) {
        self.role = role
        self.isOwner = isOwner
        self.scope = scope
        self.withheld = withheld
        self.state = state
    }

    /// What is left of an owner's rights in a workspace that is to be removed.
    package static let whileDeleting: PermissionSet = [.workspaceRead, .workspaceDelete]

    /// What the caller may do.
    package var permissions: PermissionSet {
        var permissions = role.intersection(.grantable).subtracting(withheld)
        if let scope { permissions = permissions.intersection(scope) }
        switch state {
        case .active: return permissions
        case .suspended: return isOwner ? permissions.intersection(.reading) : []
        case .deleting: return isOwner ? permissions.intersection(Self.whileDeleting) : []
        }
    }
}
