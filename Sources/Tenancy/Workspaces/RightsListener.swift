package import Model

/// Hears of every change of who may do what, after it is committed and before it is answered, so that caches of rights can
/// be emptied on every node.
package protocol RightsListener: Sendable {
    /// Something changed in a workspace: a role, a member, its state or its plan.
    func rightsChanged(_ change: RightsChange) async
}

/// Whose rights changed where.
package struct RightsChange: Hashable, Sendable {
    package let workspace: WorkspaceID
    /// Grows with each change, so what was read under an earlier one is stale.
    package let epoch: Int64
    /// Whose rights changed, also people who are no members any more; nil for everybody who is one.
    package let users: Set<UserID>?

    package init(workspace: WorkspaceID, epoch: Int64, users: Set<UserID>?) {
        self.workspace = workspace
        self.epoch = epoch
        self.users = users
    }
}

/// Listens to nothing, for a server that keeps no rights in memory.
package struct NoRightsListener: RightsListener {
    package init() {}

    package func rightsChanged(_ change: RightsChange) async {}
}
