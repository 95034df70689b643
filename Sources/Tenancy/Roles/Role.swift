import Endpoints
package import Model
import Storage

/// A named set of permissions in a workspace.
package struct Role: Hashable, Sendable, Encodable {
    package let id: RoleID
    package let name: String
    /// Which of the built-in roles it is; nil for one of the workspace's own.
    package let builtIn: BuiltInRole?
    package let permissions: PermissionSet
    /// Who has it may act on lower ranks only.
    package let rank: Int

    private enum CodingKeys: String, CodingKey {
        case id, name, permissions, rank
        case builtIn = "built_in"
    }

    /// Its columns, as seen through the table's alias `r`.
    static let columns = """
        r.id AS role_id, r.name AS role_name, r.builtin AS builtin, r.mask_low AS mask_low, r.mask_high AS mask_high,
        r.rank AS rank
        """

    init(_ row: SQLRow) throws(StorageError) {
        id = try row.id("role_id")
        name = try row.text("role_name")
        builtIn = try row.optionalText("builtin").flatMap(BuiltInRole.init)
        if let builtIn {
            (permissions, rank) = (builtIn.permissions, builtIn.rank)
        } else {
            (permissions, rank) = (try row.permissions(), Int(try row.integer("rank")))
        }
    }

    /// One role of a workspace.
    ///
    /// - Throws: `Problem`: the same one for a role that never was and for one of another workspace.
    static func read(_ id: RoleID, in workspace: WorkspaceID, on connection: any SQLConnection) throws -> Role {
        let rows = try connection.query(
            "SELECT \(columns) FROM role r WHERE r.workspace = $1 AND r.id = $2", [SQLValue(workspace), SQLValue(id)])
        guard let row = rows.first else { throw Problem(.notFound, "There is no role \(id).", field: "role") }
        return try Role(row)
    }

    /// One of the built-in roles.
    static func builtIn(
        _ role: BuiltInRole, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> Role {
        let rows = try connection.query(
            "SELECT \(columns) FROM role r WHERE r.workspace = $1 AND r.builtin = $2",
            [SQLValue(workspace), .text(role.rawValue)])
        guard let row = rows.first else {
            throw StorageError(.corrupt, "The workspace \(workspace) has lost its role '\(role.rawValue)'.")
        }
        return try Role(row)
    }

    /// Makes the built-in roles of a new workspace; returns their ids.
    static func insertBuiltIn(
        into workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> [BuiltInRole: RoleID] {
        let ids = Dictionary(uniqueKeysWithValues: BuiltInRole.allCases.map { ($0, RoleID()) })
        try connection.execute(
            """
            INSERT INTO role (workspace, id, name, builtin, mask_low, mask_high, rank, created_at, updated_at)
            VALUES ($1, $2, $3, $3, 0, 0, $4, now_us(), now_us())
            """,
            batch: BuiltInRole.allCases.map { role in
                [SQLValue(workspace), SQLValue(ids[role]), .text(role.rawValue), SQLValue(role.rank)]
            })
        return ids
    }
}
