/// Who is calling: the source of the workspace of everything that is read or written.
public struct Principal: Hashable, Sendable {
    /// Who it is, apart from any workspace.
    public let actor: Actor
    /// The workspace that the caller acts in.
    public let workspace: WorkspaceID
    /// What the caller may do there.
    public let permissions: PermissionSet
    /// The API key that the caller came with; nil for a person in a session and for the server's token.
    public let key: APIKeyID?

    /// A caller with its rights.
    public init(
        actor: Actor = .anonymous, workspace: WorkspaceID, permissions: PermissionSet, key: APIKeyID? = nil
    ) {
        self.actor = actor
        self.workspace = workspace
        self.permissions = permissions
        self.key = key
    }

    /// Names the caller apart from all others in its workspace: two keys of one person are two callers.
    public var name: String { key.map { "\(actor) \($0)" } ?? actor.description }

    /// The one caller of a server without accounts: whoever holds the server's token.
    public static let local: Principal = .init(actor: .serverToken, workspace: .local, permissions: .all)

    /// A person or a program.
    public enum Actor: Hashable, Sendable, CustomStringConvertible {
        /// Nobody that is known.
        case anonymous
        /// A person, in a browser or through a key of theirs.
        case user(UserID)
        /// A program with an account of its own in the workspace.
        case service(ServiceAccountID)
        /// Whoever holds the token of the server, which is who runs it.
        case serverToken

        /// The form in audit entries: `user_…`, `service_…`, `server`, `anonymous`.
        public var description: String {
            switch self {
            case .anonymous: "anonymous"
            case .user(let id): id.description
            case .service(let id): id.description
            case .serverToken: "server"
            }
        }

        /// The person; nil for programs.
        public var user: UserID? {
            if case .user(let id) = self { id } else { nil }
        }
    }
}
