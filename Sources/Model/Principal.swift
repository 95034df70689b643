/// Who is calling: the source of the workspace of everything that is read or written.
public struct Principal: Hashable, Sendable {
    /// The workspace that the caller acts in.
    public let workspace: WorkspaceID
    /// What the caller may do there.
    public let permissions: Set<Permission>

    /// A caller with its rights.
    public init(workspace: WorkspaceID, permissions: Set<Permission>) {
        self.workspace = workspace
        self.permissions = permissions
    }

    /// The one caller of a server without accounts: whoever holds the server's token.
    public static let local: Principal = .init(workspace: .local, permissions: Set(Permission.allCases))
}
