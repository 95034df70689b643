package import Model

/// The roles that every workspace has. Their rights are the program's, so an upgrade that brings a permission gives it to
/// them; nobody edits or removes them.
package enum BuiltInRole: String, Hashable, Sendable, Codable, CaseIterable {
    case owner, admin, editor, viewer

    /// Who may act on whom: only on lower ones. Roles of the workspace's own lie between 1 and 999.
    package var rank: Int {
        switch self {
        case .owner: 1_000
        case .admin: 800
        case .editor: 400
        case .viewer: 200
        }
    }

    /// What it may do.
    package var permissions: PermissionSet {
        switch self {
        case .owner: .grantable
        case .admin: Self.adminPermissions
        case .editor: Self.editorPermissions
        case .viewer: Self.viewerPermissions
        }
    }

    private static let viewerPermissions: PermissionSet = [
        .jobsRead, .queuesRead, .schedulesRead, .workspaceRead, .membersRead, .rolesRead, .documentsRead,
        .orgChartRead, .projectsRead, .commentsRead, .commentsWrite,
    ]

    private static let editorPermissions: PermissionSet = viewerPermissions.union([
        .jobsWrite, .schedulesWrite, .documentsWrite, .projectsWrite, .usageRead,
    ])

    private static let adminPermissions: PermissionSet = PermissionSet.grantable.subtracting([
        .workspaceDelete, .workspaceTransfer, .billingWrite,
    ])
}
