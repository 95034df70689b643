package import Model

extension SQLJobStore {
    /// Removes everything of a workspace's jobs in the caller's transaction: for a workspace that goes for good, in which
    /// nobody submits or runs anything any more.
    package static func removeAll(
        of workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) {
        let owner = [SQLValue(workspace)]
        // First what makes new jobs: a sweep that is about to holds these rows, and what it stores is removed below.
        try connection.execute("DELETE FROM schedule WHERE workspace = $1", owner)
        for table in ["event", "step", "artifact", "dependency", "cap_slot", "upload_use"] {
            try connection.execute(
                "DELETE FROM \(table) WHERE job IN (SELECT id FROM job WHERE workspace = $1)", owner)
        }
        for table in [
            "live_job", "job", "batch", "idempotency", "step_result", "queue_mode", "cap_waiter",
            "fair_share", "outside_kind", "outside_worker", "stored_object",
        ] {
            try connection.execute("DELETE FROM \(table) WHERE workspace = $1", owner)
        }
        let own = "\(workspace)/"
        try connection.execute(
            "DELETE FROM cap WHERE substr(key, 1, \(own.utf8.count)) = $1", [.text(own)])
    }

    /// The keys of the files that a workspace's jobs made and that no other workspace has, a page of them.
    package func objects(
        of workspace: WorkspaceID, after last: String = "", limit: Int = 500
    ) async throws(StorageError) -> [String] {
        try await database.read { connection throws(StorageError) in
            let rows = try connection.query(
                """
                SELECT DISTINCT a.object AS object FROM artifact a JOIN job j ON j.id = a.job
                WHERE j.workspace = $1 AND a.object > $2 AND NOT EXISTS (
                    SELECT 1 FROM artifact b JOIN job k ON k.id = b.job
                    WHERE b.object = a.object AND k.workspace <> $1)
                ORDER BY a.object LIMIT \(limit)
                """, [SQLValue(workspace), .text(last)])
            var keys: [String] = []
            for row in rows { keys.append(try row.text("object")) }
            return keys
        }
    }
}
