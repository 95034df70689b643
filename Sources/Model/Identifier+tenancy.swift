/// Marks ids of users.
public enum UserTag: IdentifierKind {
    /// What stands before the digits.
    public static let prefix: String = "user"
}
/// Marks ids of signed-in browsers and programs.
public enum SessionTag: IdentifierKind {
    /// What stands before the digits.
    public static let prefix: String = "session"
}
/// Marks ids of API keys.
public enum APIKeyTag: IdentifierKind {
    /// What stands before the digits.
    public static let prefix: String = "key"
}
/// Marks ids of service accounts.
public enum ServiceAccountTag: IdentifierKind {
    /// What stands before the digits.
    public static let prefix: String = "service"
}
/// Marks ids of roles.
public enum RoleTag: IdentifierKind {
    /// What stands before the digits.
    public static let prefix: String = "role"
}
/// Marks ids of invitations.
public enum InviteTag: IdentifierKind {
    /// What stands before the digits.
    public static let prefix: String = "invite"
}
/// Marks ids of projects.
public enum ProjectTag: IdentifierKind {
    /// What stands before the digits.
    public static let prefix: String = "project"
}
/// Marks ids of webhooks.
public enum WebhookTag: IdentifierKind {
    /// What stands before the digits.
    public static let prefix: String = "webhook"
}

/// Names one person with an account.
public typealias UserID = Identifier<UserTag>
/// Names one signed-in browser or program.
public typealias SessionID = Identifier<SessionTag>
/// Names one API key; not a secret.
public typealias APIKeyID = Identifier<APIKeyTag>
/// Names one account of a program, inside a workspace.
public typealias ServiceAccountID = Identifier<ServiceAccountTag>
/// Names one role of a workspace.
public typealias RoleID = Identifier<RoleTag>
/// Names one invitation into a workspace; not its secret.
public typealias InviteID = Identifier<InviteTag>
/// Names one project of a workspace.
public typealias ProjectID = Identifier<ProjectTag>
/// Names one webhook of a workspace.
public typealias WebhookID = Identifier<WebhookTag>
