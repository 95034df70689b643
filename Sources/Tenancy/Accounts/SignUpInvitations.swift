package import Storage

/// Knows the invitations that let people sign up. Accepting one follows `AccountEvent.created`, in the same transaction.
package protocol SignUpInvitations: Sendable {
    /// Whether the invitation lets that address in.
    func admission(
        by invitation: TokenDigest, of email: EmailAddress, on connection: any SQLConnection
    ) throws(StorageError) -> SignUpAdmission
}

/// What an invitation is worth.
package enum SignUpAdmission: Hashable, Sendable {
    /// Unknown, used, withdrawn, expired, or another address's.
    case refused
    /// - Parameter provesAddress: whether only the reader of that mailbox can have the invitation.
    case admitted(provesAddress: Bool)
}

/// Knows none.
package struct NoInvitations: SignUpInvitations {
    package init() {}
    package func admission(
        by invitation: TokenDigest, of email: EmailAddress, on connection: any SQLConnection
    ) throws(StorageError) -> SignUpAdmission { .refused }
}
