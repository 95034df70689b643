import Endpoints
package import Model
import Storage

/// The projects of workspaces, within the plan's bound.
package struct ProjectStore: Sendable {
    package let tenants: TenantDatabase

    package init(_ tenants: TenantDatabase) {
        self.tenants = tenants
    }

    /// Makes a project, if the plan has room for one.
    ///
    /// - Throws: `Problem`: `quotaExceeded`; `conflict` when the name is taken.
    package func create(name: String, description: String = "", by caller: Caller) async throws -> Project {
        let (name, description) = try checked(name, description)
        let (workspace, id) = (caller.workspace, ProjectID())
        return try await tenants.database.transact { connection in
            try connection.take(1, of: .projects, in: workspace, plans: tenants.plans)
            let made = try connection.query(
                """
                INSERT INTO project (workspace, id, name, description, created_by, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, now_us(), now_us()) ON CONFLICT DO NOTHING RETURNING \(Project.columns)
                """,
                [
                    SQLValue(workspace), SQLValue(id), .text(name), .text(description),
                    .text(caller.principal.actor.description),
                ])
            guard let row = made.first else { throw taken(name) }
            try connection.audit(
                AuditRecord("project.created", by: caller, target: id.description, detail: ["name": name]),
                in: workspace)
            return try Project(row)
        }
    }

    /// One project.
    ///
    /// - Throws: `Problem`: `notFound`.
    package func project(_ id: ProjectID, in workspace: WorkspaceID) async throws -> Project {
        try await tenants.database.look { connection in try Project.read(id, in: workspace, on: connection) }
    }

    /// A page of projects, by id, which is the order in which they were made.
    package func projects(
        in workspace: WorkspaceID, after: ProjectID? = nil, limit: Int = 100
    ) async throws -> [Project] {
        try await tenants.database.read { connection throws(StorageError) in
            let after = after.map { [SQLValue($0)] } ?? []
            var projects: [Project] = []
            for row in try connection.query(
                """
                SELECT \(Project.columns) FROM project WHERE workspace = $1 \(after.isEmpty ? "" : "AND id > $2")
                ORDER BY id LIMIT \(max(limit, 1))
                """, [SQLValue(workspace)] + after)
            {
                projects.append(try Project(row))
            }
            return projects
        }
    }

    /// Gives it another name and description.
    package func update(
        _ id: ProjectID, name: String, description: String, by caller: Caller
    ) async throws -> Project {
        let (name, description) = try checked(name, description)
        let workspace = caller.workspace
        return try await tenants.database.transact { connection in
            _ = try Project.read(id, in: workspace, on: connection)
            let others = try connection.query(
                "SELECT id FROM project WHERE workspace = $1 AND name = $2 AND id <> $3",
                [SQLValue(workspace), .text(name), SQLValue(id)])
            guard others.isEmpty else { throw taken(name) }
            try connection.execute(
                """
                UPDATE project SET name = $3, description = $4, updated_at = now_us() WHERE workspace = $1 AND id = $2
                """, [SQLValue(workspace), SQLValue(id), .text(name), .text(description)])
            try connection.audit(
                AuditRecord("project.updated", by: caller, target: id.description, detail: ["name": name]),
                in: workspace)
            return try Project.read(id, in: workspace, on: connection)
        }
    }

    /// Removes it; what belonged to it stays in the workspace.
    package func remove(_ id: ProjectID, by caller: Caller) async throws {
        let workspace = caller.workspace
        try await tenants.database.transact { connection in
            let removed = try connection.execute(
                "DELETE FROM project WHERE workspace = $1 AND id = $2", [SQLValue(workspace), SQLValue(id)])
            guard removed == 1 else { throw Problem(.notFound, "There is no project \(id).") }
            try connection.giveBack(1, of: .projects, in: workspace)
            try connection.audit(
                AuditRecord("project.removed", by: caller, target: id.description), in: workspace)
        }
    }

    private func checked(_ name: String, _ description: String) throws -> (String, String) {
        guard description.utf8.count <= 4_000, !description.utf8.contains(0) else {
            throw Problem(.unprocessable, "A description has at most 4000 bytes.", field: "description")
        }
        return (try NameRules.checked(name), description)
    }

    private func taken(_ name: String) -> Problem {
        Problem(.conflict, "There is a project named '\(name)' already.", field: "name")
    }
}
