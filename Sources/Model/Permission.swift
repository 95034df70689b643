/// What a caller may do. Every operation of the API names exactly one, or says that it is open.
///
/// Roles and keys are stored as bits, so ``bit`` of a permission never changes and the number of one that was taken out is
/// never given to another.
public enum Permission: String, Hashable, Sendable, Codable, CaseIterable {
    case jobsRead = "jobs:read"
    case jobsWrite = "jobs:write"
    case workersRun = "workers:run"
    case queuesRead = "queues:read"
    case queuesWrite = "queues:write"
    case schedulesRead = "schedules:read"
    case schedulesWrite = "schedules:write"

    /// The workspace's name, state, plan and limits.
    case workspaceRead = "workspace:read"
    /// Renaming it.
    case workspaceWrite = "workspace:write"
    /// Deleting it, and restoring it within the grace period.
    case workspaceDelete = "workspace:delete"
    /// Making another member its owner.
    case workspaceTransfer = "workspace:transfer"
    /// An archive of everything in it.
    case workspaceExport = "workspace:export"
    case membersRead = "members:read"
    /// Changing roles of members and removing members.
    case membersWrite = "members:write"
    case rolesRead = "roles:read"
    case rolesWrite = "roles:write"
    case invitesRead = "invites:read"
    case invitesWrite = "invites:write"
    case keysRead = "keys:read"
    /// API keys and service accounts.
    case keysWrite = "keys:write"
    case auditRead = "audit:read"
    case usageRead = "usage:read"
    case documentsRead = "documents:read"
    case documentsWrite = "documents:write"
    case orgChartRead = "org-chart:read"
    /// Who reports to whom.
    case orgChartWrite = "org-chart:write"
    case projectsRead = "projects:read"
    case projectsWrite = "projects:write"
    case webhooksRead = "webhooks:read"
    case webhooksWrite = "webhooks:write"
    case commentsRead = "comments:read"
    case commentsWrite = "comments:write"
    case billingRead = "billing:read"
    case billingWrite = "billing:write"

    /// What everybody who has signed in may do with what is their own: sessions, second factor, the list of their workspaces,
    /// a new workspace. No role holds it.
    case account = "account:use"
    /// What only who runs the server may do: suspend a workspace, change its plan. No role holds it.
    case operate = "server:operate"

    /// Its place in a ``PermissionSet``, from 0 to 127, for ever.
    public var bit: Int {
        switch self {
        case .jobsRead: 0
        case .jobsWrite: 1
        case .workersRun: 2
        case .queuesRead: 3
        case .queuesWrite: 4
        case .schedulesRead: 5
        case .schedulesWrite: 6
        case .workspaceRead: 7
        case .workspaceWrite: 8
        case .workspaceDelete: 9
        case .workspaceTransfer: 10
        case .workspaceExport: 11
        case .membersRead: 12
        case .membersWrite: 13
        case .rolesRead: 14
        case .rolesWrite: 15
        case .invitesRead: 16
        case .invitesWrite: 17
        case .keysRead: 18
        case .keysWrite: 19
        case .auditRead: 20
        case .usageRead: 21
        case .documentsRead: 22
        case .documentsWrite: 23
        case .orgChartRead: 24
        case .orgChartWrite: 25
        case .projectsRead: 26
        case .projectsWrite: 27
        case .webhooksRead: 28
        case .webhooksWrite: 29
        case .commentsRead: 30
        case .commentsWrite: 31
        case .billingRead: 32
        case .billingWrite: 33
        case .account: 120
        case .operate: 127
        }
    }
}
