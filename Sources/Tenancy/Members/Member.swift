import Endpoints
package import Model
import Storage

/// A person in a workspace.
package struct Member: Hashable, Sendable {
    package let user: UserID
    package let role: Role
    /// What the person does there, for the organisation chart.
    package let title: String?
    /// To whom the person reports.
    package let manager: UserID?
    package let joinedAt: Timestamp

    static let columns = "m.member, m.title, m.manager, m.joined_at, \(Role.columns)"
    static let tables = "membership m JOIN role r ON r.workspace = m.workspace AND r.id = m.role"

    init(_ row: SQLRow) throws(StorageError) {
        user = try row.id("member")
        role = try Role(row)
        title = try row.optionalText("title")
        manager = try row.optionalID("manager")
        joinedAt = try row.time("joined_at")
    }

    /// One member.
    ///
    /// - Throws: `Problem`: the same one for a person who is not there and for one whom nobody knows.
    static func read(_ user: UserID, in workspace: WorkspaceID, on connection: any SQLConnection) throws -> Member {
        let rows = try connection.query(
            "SELECT \(columns) FROM \(tables) WHERE m.workspace = $1 AND m.member = $2",
            [SQLValue(workspace), SQLValue(user)])
        guard let row = rows.first else { throw Problem(.notFound, "There is no member \(user).", field: "member") }
        return try Member(row)
    }

    /// The role of a person; nil for somebody who is no member.
    static func role(
        of user: UserID, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> Role? {
        let rows = try connection.query(
            "SELECT \(Role.columns) FROM \(tables) WHERE m.workspace = $1 AND m.member = $2",
            [SQLValue(workspace), SQLValue(user)])
        return if let row = rows.first { try Role(row) } else { nil }
    }

    /// Who has a role. Index: membership_role.
    static func users(
        with role: RoleID, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> [UserID] {
        var users: [UserID] = []
        for row in try connection.query(
            "SELECT member FROM membership WHERE workspace = $1 AND role = $2", [SQLValue(workspace), SQLValue(role)])
        {
            users.append(try row.id("member"))
        }
        return users
    }

    static func setRole(
        _ role: RoleID, of user: UserID, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            "UPDATE membership SET role = $3 WHERE workspace = $1 AND member = $2",
            [SQLValue(workspace), SQLValue(user), SQLValue(role)])
    }
}

extension Member: Encodable {
    private enum CodingKeys: String, CodingKey {
        case user, role, title, manager
        case roleName = "role_name"
        case joinedAt = "joined_at"
    }

    /// Writes the role by its id and name.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(user, forKey: .user)
        try container.encode(role.id, forKey: .role)
        try container.encode(role.name, forKey: .roleName)
        try container.encodeIfPresent(title, forKey: .title)
        try container.encodeIfPresent(manager, forKey: .manager)
        try container.encode(joinedAt, forKey: .joinedAt)
    }
}
