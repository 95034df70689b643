import Endpoints
package import Model
package import Storage

/// A part of a workspace that people give a name: jobs and files can belong to one.
package struct Project: Hashable, Sendable, Encodable {
    package let id: ProjectID
    package let name: String
    package let description: String
    /// Who made it: `user_…`, `service_…` or `server`.
    package let createdBy: String
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    private enum CodingKeys: String, CodingKey {
        case id, name, description
        case createdBy = "created_by"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    static let columns = "id, name, description, created_by, created_at, updated_at"

    init(_ row: SQLRow) throws(StorageError) {
        id = try row.id("id")
        name = try row.text("name")
        description = try row.text("description")
        createdBy = try row.text("created_by")
        createdAt = try row.time("created_at")
        updatedAt = try row.time("updated_at")
    }

    /// One project.
    ///
    /// - Throws: `Problem`: the same one for a project that never was and for one of another workspace.
    package static func read(
        _ id: ProjectID, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws -> Project {
        let rows = try connection.query(
            "SELECT \(columns) FROM project WHERE workspace = $1 AND id = $2", [SQLValue(workspace), SQLValue(id)])
        guard let row = rows.first else { throw Problem(.notFound, "There is no project \(id).") }
        return try Project(row)
    }
}
