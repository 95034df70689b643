package import Model
package import Storage

/// An invitation into a workspace, for one person.
package struct Invite: Hashable, Sendable, Encodable {
    package let id: InviteID
    /// Whom it is for; nil when it is for whoever has the link.
    package let email: String?
    package let role: RoleID
    /// Who invites: `user_…` or `server`.
    package let createdBy: String
    package let createdAt: Timestamp
    package let expiresAt: Timestamp
    package let acceptedAt: Timestamp?
    package let acceptedBy: UserID?
    package let revokedAt: Timestamp?

    private enum CodingKeys: String, CodingKey {
        case id, email, role
        case createdBy = "created_by"
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case acceptedAt = "accepted_at"
        case acceptedBy = "accepted_by"
        case revokedAt = "revoked_at"
    }

    static let columns = """
        id, email, role, created_by, created_at, expires_at, accepted_at, accepted_by, revoked_at
        """

    init(_ row: SQLRow) throws(StorageError) {
        id = try row.id("id")
        email = try row.optionalText("email")
        role = try row.id("role")
        createdBy = try row.text("created_by")
        createdAt = try row.time("created_at")
        expiresAt = try row.time("expires_at")
        acceptedAt = try row.optionalTime("accepted_at")
        acceptedBy = try row.optionalID("accepted_by")
        revokedAt = try row.optionalTime("revoked_at")
    }
}

/// An invitation that was just made, with the secret that is shown once.
package struct NewInvite: Sendable {
    package let invite: Invite
    package let token: InviteToken
    /// What the workspace is called, for the letter.
    package let workspaceName: String
}

/// Brings invitations to people.
package protocol InvitePost: Sendable {
    /// Puts a letter with the token's link to the invitation's address on its way, in the transaction of the invitation. The
    /// secret is in the letter and nowhere else, so whoever has it reads that mailbox.
    func send(_ invite: NewInvite, on connection: any SQLConnection) throws
}
