package import Storage

extension Migration {
    /// Workspaces of before are held and counted as those of now: the suspended ones get no workers, and the files of all count.
    package static let workspaceBooks: Migration = .init(
        number: 14,
        name: "workspace books",
        statements: [
            """
            INSERT INTO workspace_limit (workspace, weight, held_until)
            SELECT id, 1, \(Int64.max) FROM workspace WHERE state <> 'active'
            ON CONFLICT (workspace) DO UPDATE SET held_until = excluded.held_until
            """,
            // Their bounds come from the plans, at the next start.
            """
            INSERT INTO quota_counter (workspace, meter, period, used)
            SELECT s.workspace, 'storage_bytes', '', SUM(s.size) FROM stored_object s
            JOIN workspace w ON w.id = s.workspace WHERE s.state = 'kept' GROUP BY s.workspace
            ON CONFLICT (workspace, meter, period) DO UPDATE SET used = excluded.used
            """,
        ])
}
