package import Model
import Storage

/// Reads the audit logs of workspaces.
package struct AuditLog: Sendable {
    package let tenants: TenantDatabase

    package init(_ tenants: TenantDatabase) {
        self.tenants = tenants
    }

    /// The largest page.
    package static let pageLimit: Int = 1_000

    /// The newest entries first.
    ///
    /// - Parameter before: the number of the last entry of the page before this one.
    package func entries(
        in workspace: WorkspaceID, filter: AuditFilter = AuditFilter(), before: Int64? = nil, limit: Int = 100
    ) async throws -> [AuditEntry] {
        try await tenants.database.read { connection throws(StorageError) in
            var query = AuditQuery(workspace, filter)
            if let before { query.add("seq <", .integer(before)) }
            return try query.run(on: connection, order: "seq DESC", limit: min(max(limit, 1), Self.pageLimit))
        }
    }

    /// Every entry of a filter, the oldest first, in pages: a sequence of texts that together are a file.
    package func export(
        from workspace: WorkspaceID, filter: AuditFilter = AuditFilter(), as form: AuditExport.Form
    ) -> AuditExport {
        AuditExport(log: self, workspace: workspace, filter: filter, form: form)
    }

    /// One page of an export.
    func page(
        in workspace: WorkspaceID, filter: AuditFilter, after: Int64
    ) async throws(StorageError) -> [AuditEntry] {
        try await tenants.database.read { connection throws(StorageError) in
            var query = AuditQuery(workspace, filter)
            query.add("seq >", .integer(after))
            return try query.run(on: connection, order: "seq", limit: Self.pageLimit)
        }
    }
}

/// The conditions of one look at the log. Index: the primary key, which begins with the workspace and the number.
private struct AuditQuery {
    private var conditions = ["workspace = $1"]
    private var values: [SQLValue]

    init(_ workspace: WorkspaceID, _ filter: AuditFilter) {
        values = [SQLValue(workspace)]
        if let key = filter.actor.flatMap({ APIKeyID($0) }) {
            // The text has no space between a name and its value, and a quotation mark within a value has a backslash before
            // it: this is nowhere but in the member itself. The underscores, which LIKE takes for any character, match too.
            add("detail LIKE", .text("%\"\(AuditRecord.keyName)\":\"\(key)\"%"))
        } else if let actor = filter.actor {
            add("actor =", .text(actor))
        }
        if let action = filter.action {
            if action.hasSuffix(".") {
                // A range rather than LIKE: the text is the caller's, and % in it means itself.
                add("action >=", .text(action))
                add("action <", .text(action.dropLast() + "/"))
            } else {
                add("action =", .text(action))
            }
        }
        if let target = filter.target { add("target =", .text(target)) }
        if let outcome = filter.outcome { add("outcome =", .text(outcome.rawValue)) }
        if let from = filter.from { add("at >=", SQLValue(from)) }
        if let until = filter.until { add("at <", SQLValue(until)) }
    }

    mutating func add(_ condition: String, _ value: SQLValue) {
        values.append(value)
        conditions.append("\(condition) $\(values.count)")
    }

    func run(on connection: any SQLConnection, order: String, limit: Int) throws(StorageError) -> [AuditEntry] {
        let rows = try connection.query(
            """
            SELECT \(AuditEntry.columns) FROM audit_entry WHERE \(conditions.joined(separator: " AND "))
            ORDER BY \(order) LIMIT \(limit)
            """, values)
        var entries: [AuditEntry] = []
        for row in rows { entries.append(try AuditEntry(row)) }
        return entries
    }
}
