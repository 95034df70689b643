package import Model
package import Storage

/// Removes what one part of the program keeps for a workspace.
package struct WorkspaceRemoval: Sendable {
    /// What it removes, for logs.
    package let name: String
    /// Runs in the transaction that removes the workspace, before its own row goes.
    package let remove: @Sendable (WorkspaceID, any SQLConnection) throws(StorageError) -> Void

    package init(
        _ name: String, remove: @escaping @Sendable (WorkspaceID, any SQLConnection) throws(StorageError) -> Void
    ) {
        self.name = name
        self.remove = remove
    }

    /// Deletes a workspace's rows from tables, in order.
    package static func rows(of name: String, from tables: [String], key: String = "workspace") -> WorkspaceRemoval {
        .init(name) { workspace, connection throws(StorageError) in
            for table in tables {
                try connection.execute("DELETE FROM \(table) WHERE \(key) = $1", [SQLValue(workspace)])
            }
        }
    }

    /// What this target keeps, those first that point to others.
    static let own: WorkspaceRemoval = .init("workspace") { workspace, connection throws(StorageError) in
        try connection.execute("UPDATE membership SET manager = NULL WHERE workspace = $1", [SQLValue(workspace)])
        for table in [
            "webhook_delivery", "webhook", "project", "document", "usage_total", "usage_event", "quota_reservation",
            "quota_counter", "invite", "membership", "role", "workspace_limit", "audit_entry", "audit_head",
        ] {
            try connection.execute("DELETE FROM \(table) WHERE workspace = $1", [SQLValue(workspace)])
        }
    }
}
