import Endpoints
import Model
package import Storage

/// Invitations let people in who have no account yet.
extension InviteStore: SignUpInvitations {
    package func admission(
        by invitation: TokenDigest, of email: EmailAddress, on connection: any SQLConnection
    ) throws(StorageError) -> SignUpAdmission {
        let rows = try connection.query(
            """
            SELECT email FROM invite WHERE token_hash = $1 AND \(Self.isOpen)
                AND EXISTS (SELECT 1 FROM workspace w WHERE w.id = invite.workspace AND w.state = 'active')
            """, [.text(invitation.text)])
        guard let row = rows.first else { return .refused }
        guard let address = try row.optionalText("email") else { return .admitted(provesAddress: false) }
        return address == email.normal ? .admitted(provesAddress: true) : .refused
    }

    /// Makes somebody who has just signed up a member, in the transaction of the account.
    static func acceptAtSignUp(
        _ invitation: TokenDigest, by user: UserID, on connection: any SQLConnection
    ) throws {
        let found = try connection.query(
            "SELECT workspace FROM invite WHERE token_hash = $1 AND \(isOpen)", [.text(invitation.text)])
        guard let row = found.first else { throw invalid }
        let workspace: WorkspaceID = try row.id("workspace")
        let current = try Workspace.lockRights(in: workspace, on: connection)
        guard current.state == .active else { throw current.refusal }
        let address = try connection.query(
            "SELECT email_norm FROM users WHERE id = $1 AND verified_at IS NOT NULL", [SQLValue(user)])
        try accept(
            invitation.text, by: user, email: try address.first?.text("email_norm"), in: workspace, on: connection)
    }
}
