package import Endpoints
package import Model
package import Storage

/// A tenant: the people, jobs, files and limits that belong together.
package struct Workspace: Hashable, Sendable, Encodable {
    package let id: WorkspaceID
    /// Its name in addresses, unique on the server.
    package let slug: String
    package let name: String
    package let state: WorkspaceState
    /// Why it is suspended.
    package let reason: String?
    /// The name of its plan.
    package let plan: String
    /// Grows with every change of who may do what.
    package let authorizationEpoch: Int64
    package let createdAt: Timestamp
    package let updatedAt: Timestamp
    /// When it is removed for good; nil while nobody has deleted it.
    package let purgeAt: Timestamp?

    private enum CodingKeys: String, CodingKey {
        case id, slug, name, state, reason, plan
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case purgeAt = "purge_at"
    }

    static let columns = "id, slug, name, state, reason, plan, authz_epoch, created_at, updated_at, purge_at"

    init(_ row: SQLRow) throws(StorageError) {
        id = try row.id("id")
        slug = try row.text("slug")
        name = try row.text("name")
        guard let state = WorkspaceState(rawValue: try row.text("state")) else {
            throw StorageError(.corrupt, "The workspace \(id) is in a state that this program does not know.")
        }
        self.state = state
        reason = try row.optionalText("reason")
        plan = try row.text("plan")
        authorizationEpoch = try row.integer("authz_epoch")
        createdAt = try row.time("created_at")
        updatedAt = try row.time("updated_at")
        purgeAt = try row.optionalTime("purge_at")
    }

    /// Reads one workspace.
    ///
    /// - Throws: `Problem`: the same one whether it never was or is somebody else's.
    package static func read(_ id: WorkspaceID, on connection: any SQLConnection) throws -> Workspace {
        let rows = try connection.query("SELECT \(columns) FROM workspace WHERE id = $1", [SQLValue(id)])
        guard let row = rows.first else { throw missing }
        return try Workspace(row)
    }

    /// Locks a workspace's row for a change of who may do what, and raises its epoch. The first thing that such a transaction
    /// does.
    ///
    /// - Throws: `Problem` for a workspace that is not there.
    static func lockRights(in id: WorkspaceID, on connection: any SQLConnection) throws -> Workspace {
        let locked = try connection.query(
            "UPDATE workspace SET authz_epoch = authz_epoch + 1 WHERE id = $1 RETURNING \(columns)", [SQLValue(id)])
        guard let row = locked.first else { throw missing }
        return try Workspace(row)
    }

    /// What everybody hears who asks for a workspace that is not theirs.
    package static let missing: Problem = Problem(.notFound, "There is no such workspace, or you are not in it.")

    /// Why nothing changes in its present state.
    var refusal: Problem {
        switch state {
        case .active: Problem(.conflict, "The workspace is active.")
        case .suspended:
            Problem(.conflict, "The workspace is suspended; nothing in it changes until the operator resumes it.")
        case .deleting:
            Problem(.conflict, "The workspace is to be deleted; restore it first. Nothing else in it changes.")
        }
    }
}
