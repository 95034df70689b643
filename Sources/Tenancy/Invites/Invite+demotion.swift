import Model
import Storage

extension Invite {
    /// Takes back the open invitations that people could not make any more, now that their role is `role`: nobody comes in by
    /// the word of somebody who has no such word. In the transaction that holds the workspace's rights and changes the role.
    static func revoke(
        beyond role: Role, of users: [UserID], in workspace: WorkspaceID, by caller: Caller,
        on connection: any SQLConnection
    ) throws(StorageError) {
        guard !users.isEmpty, role.builtIn != .owner else { return }
        let rows = try connection.query(
            """
            SELECT i.id AS id, \(Role.columns) FROM invite i
            JOIN role r ON r.workspace = i.workspace AND r.id = i.role
            WHERE i.workspace = $1 AND i.created_by \(connection.dialect.isAmong("$2", .text))
                AND i.accepted_at IS NULL AND i.revoked_at IS NULL
            """, [SQLValue(workspace), connection.dialect.list(users.map(\.description))])
        for row in rows {
            let given = try Role(row)
            guard given.rank >= role.rank || !given.permissions.isSubset(of: role.permissions) else { continue }
            let id: InviteID = try row.id("id")
            try connection.execute(
                "UPDATE invite SET revoked_at = now_us() WHERE workspace = $1 AND id = $2",
                [SQLValue(workspace), SQLValue(id)])
            try connection.audit(
                AuditRecord(
                    "invite.revoked", by: caller, target: id.description,
                    detail: ["reason": "who made it has a lower role now"]), in: workspace)
        }
    }
}
