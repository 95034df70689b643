package import Model
import Storage

/// What decides a person's rights in one workspace, for whoever resolves sessions and keys, and for caches of that.
package struct Access: Hashable, Sendable {
    package let workspace: Workspace
    package let role: Role
    /// What the workspace's plan does not have.
    package let withheld: PermissionSet

    /// Changes when this is stale.
    package var epoch: Int64 { workspace.authorizationEpoch }

    /// What the person may do.
    ///
    /// - Parameter scope: what the key was made for; nil for a session.
    package func permissions(scope: PermissionSet? = nil) -> PermissionSet {
        Authority(
            role: role.permissions, isOwner: role.builtIn == .owner, scope: scope, withheld: withheld,
            state: workspace.state
        ).permissions
    }
}

/// What decides a program's rights in one workspace beside its key.
package struct Standing: Hashable, Sendable {
    package let workspace: Workspace
    /// What the workspace's plan does not have.
    package let withheld: PermissionSet

    /// What a key of a service account may do. A program is no owner: while the workspace does not work, nothing.
    package func permissions(key: PermissionSet) -> PermissionSet {
        Authority(role: key, withheld: withheld, state: workspace.state).permissions
    }
}
