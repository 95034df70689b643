import Endpoints
package import Model
import Storage

/// Who reports to whom in a workspace, from the managers of its members.
package struct OrganisationChart: Sendable {
    package let tenants: TenantDatabase

    /// How many people one chart has at most.
    package static let limit: Int = 10_000

    package init(_ tenants: TenantDatabase) {
        self.tenants = tenants
    }

    /// A person and their place.
    package struct Place: Hashable, Sendable {
        package let user: UserID
        package let title: String?
        package let manager: UserID?
        /// How many stand above.
        package let depth: Int
        /// How many report to the person directly.
        package let reports: Int
    }

    /// Everybody, each after their manager and before their manager's next report; people at the top by id.
    ///
    /// - Throws: `Problem`: `unprocessable` for a workspace with more people than one chart has.
    package func places(in workspace: WorkspaceID) async throws -> [Place] {
        let rows = try await tenants.database.read { connection throws(StorageError) in
            var rows: [(user: UserID, title: String?, manager: UserID?)] = []
            for row in try connection.query(
                """
                SELECT member, title, manager FROM membership WHERE workspace = $1 ORDER BY member
                LIMIT \(Self.limit + 1)
                """, [SQLValue(workspace)])
            {
                rows.append((try row.id("member"), try row.optionalText("title"), try row.optionalID("manager")))
            }
            return rows
        }
        guard rows.count <= Self.limit else {
            throw Problem(.unprocessable, "A chart has at most \(Self.limit) people; list the members instead.")
        }
        return Self.ordered(rows)
    }

    private static func ordered(_ rows: [(user: UserID, title: String?, manager: UserID?)]) -> [Place] {
        let reports = Dictionary(grouping: rows.filter { $0.manager != nil }, by: \.manager)
        // A stack of its own rather than recursion: a chain may be as long as the chart.
        var waiting = rows.filter { $0.manager == nil }.reversed().map { (row: $0, depth: 0) }
        var places: [Place] = []
        while let (row, depth) = waiting.popLast() {
            let below = reports[row.user] ?? []
            places.append(
                Place(user: row.user, title: row.title, manager: row.manager, depth: depth, reports: below.count))
            waiting += below.reversed().map { (row: $0, depth: depth + 1) }
        }
        return places
    }

    /// Says what a member does and to whom the member reports.
    ///
    /// - Throws: `Problem`: `notFound` for somebody who is no member; `conflict` when the manager reports to the member,
    ///   directly or through others.
    package func setPlace(
        of user: UserID, title: String?, manager: UserID?, by caller: Caller
    ) async throws -> Member {
        let title = try title.map { try NameRules.checked($0, field: "title") }
        let workspace = caller.workspace
        return try await tenants.database.transact { connection in
            // Locked, so that two changes that together would make a circle come one after the other.
            let rows = try connection.query(
                "SELECT \(Workspace.columns) FROM workspace WHERE id = $1 \(connection.dialect.forUpdate)",
                [SQLValue(workspace)])
            guard let row = rows.first else { throw Workspace.missing }
            let current = try Workspace(row)
            guard current.state == .active else { throw current.refusal }
            _ = try Member.read(user, in: workspace, on: connection)
            if let manager {
                _ = try Member.read(manager, in: workspace, on: connection)
                try Self.checkNoCircle(from: manager, to: user, in: workspace, on: connection)
            }
            try connection.execute(
                "UPDATE membership SET title = $3, manager = $4 WHERE workspace = $1 AND member = $2",
                [SQLValue(workspace), SQLValue(user), SQLValue(title), SQLValue(manager)])
            try connection.audit(
                AuditRecord(
                    "member.placed", by: caller, target: user.description,
                    detail: ["title": title ?? "", "manager": manager?.description ?? ""]), in: workspace)
            return try Member.read(user, in: workspace, on: connection)
        }
    }

    private static func checkNoCircle(
        from manager: UserID, to user: UserID, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws {
        let above = try connection.query(
            """
            WITH RECURSIVE above (member) AS (
                SELECT m.member FROM membership m WHERE m.workspace = $1 AND m.member = $2
                UNION
                SELECT m.manager FROM membership m JOIN above ON m.member = above.member
                WHERE m.workspace = $1 AND m.manager IS NOT NULL)
            SELECT member FROM above WHERE member = $3
            """, [SQLValue(workspace), SQLValue(manager), SQLValue(user)])
        guard above.isEmpty else {
            throw Problem(
                .conflict, "That manager reports to this member already, so the chart would go round in a circle.",
                field: "manager")
        }
    }
}
