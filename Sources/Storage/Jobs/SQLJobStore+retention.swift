import Foundation
package import Model

extension SQLJobStore: JobRetention {
    package func removeFinished(
        olderThan age: Duration, after position: JobID?, limit: Int
    ) async throws(StorageError) -> RemovedJobs {
        try await database.write { connection throws(StorageError) in
            let dialect = connection.dialect
            // A job that is being started anew is locked, and left out. The ids of jobs grow with time, so the primary key
            // leads from the oldest on, and no index on the end of jobs makes every ending more expensive.
            let kept = Self.retention(of: "job", else: "$2")
            let rows = try connection.query(
                """
                SELECT id, input, batch FROM job
                WHERE id > $1 AND finished_at <= now_us() - \(Self.shortestRetention(else: "$2"))
                    AND finished_at <= now_us() - \(kept) AND created_at <= now_us() - \(kept)
                    AND NOT EXISTS (SELECT 1 FROM live_job WHERE live_job.job = job.id)
                ORDER BY id LIMIT $3 \(dialect.skipLocked)
                """, [SQLValue(position ?? .first), .integer(age.microseconds), SQLValue(limit)])
            var removed = RemovedJobs()
            var (ids, batches): ([JobID], Set<BatchID>) = ([], [])
            for row in rows {
                ids.append(try row.id("id"))
                if let batch: BatchID = try row.optionalID("batch") { batches.insert(batch) }
                removed.uploads += Self.formerUploads(in: try row.text("input"))
            }
            guard let last = ids.last else { return removed }
            removed.count = ids.count
            removed.position = ids.count == limit ? last : nil
            let list = dialect.list(ids)
            let isRemoved = dialect.isAmong("$1")
            for table in ["event", "step", "artifact", "idempotency", "upload_use"] {
                try connection.execute("DELETE FROM \(table) WHERE job \(isRemoved)", [list])
            }
            try connection.execute("DELETE FROM job WHERE id \(isRemoved)", [list])
            try connection.execute(
                """
                DELETE FROM batch WHERE id \(isRemoved)
                    AND NOT EXISTS (SELECT 1 FROM job WHERE job.batch = batch.id)
                """, [dialect.list(batches)])
            return removed
        }
    }

    /// Index: step_result_age.
    package func removeStepResults(olderThan age: Duration, limit: Int) async throws(StorageError) -> Int {
        try await database.write(.derived) { connection throws(StorageError) in
            try connection.execute(
                """
                DELETE FROM step_result WHERE (workspace, key) IN (
                    SELECT workspace, key FROM step_result r
                    WHERE created_at <= now_us() - \(Self.shortestRetention(else: "$1"))
                        AND created_at <= now_us() - \(Self.retention(of: "r", else: "$1"))
                    ORDER BY created_at LIMIT $2)
                """, [.integer(age.microseconds), SQLValue(limit)])
        }
    }

    /// How long the workspace of a row keeps its jobs.
    private static func retention(of table: String, else usual: String) -> String {
        "COALESCE((SELECT l.retention FROM workspace_limit l WHERE l.workspace = \(table).workspace), \(usual))"
    }

    /// The shortest of these, asked once for all rows: most of them are younger.
    private static func shortestRetention(else usual: String) -> String {
        """
        (SELECT MIN(age) FROM (
            SELECT \(usual) AS age UNION ALL SELECT retention FROM workspace_limit WHERE retention IS NOT NULL) AS ages)
        """
    }

    /// The uploads that an input names whose names do not say whose they are: each was stored for one job alone.
    private static func formerUploads(in input: String) -> [String] {
        input.matches(of: /"(uploads\/[0-9a-f-]{36})"/).map { String($0.1) }
    }

    /// Notes which uploads jobs name, and that these are needed again. What an input names of another workspace is not its own.
    ///
    /// - Throws: `conflict` when one of them is being removed.
    static func useUploads(
        of jobs: [(id: JobID, workspace: WorkspaceID, input: JSONText)], on connection: any SQLConnection
    ) throws(StorageError) {
        let (uses, going) = try keepUploads(of: jobs, on: connection)
        guard going.isEmpty else {
            throw StorageError(.conflict, "A file that the input names is being removed; upload it again.")
        }
        try connection.execute(
            "INSERT INTO upload_use (job, object) VALUES ($1, $2) ON CONFLICT (job, object) DO NOTHING",
            batch: uses.map { [SQLValue($0.job), .text($0.object)] })
    }

    /// Notes that the uploads which jobs name are needed until the commit and for a while after it.
    ///
    /// - Returns: which job names which, and those jobs that name one which is being removed.
    static func keepUploads(
        of jobs: [(id: JobID, workspace: WorkspaceID, input: JSONText)], on connection: any SQLConnection
    ) throws(StorageError) -> (uses: [(job: JobID, object: String)], going: Set<JobID>) {
        var uses: [(job: JobID, object: String)] = []
        for job in jobs where job.input.text.contains("uploads/") {
            let named = job.input.text.matches(of: /"(uploads\/[0-9a-f-]{36}\/[0-9a-f-]{36})"/).map { String($0.1) }
            uses += Set(named).filter { WorkspaceKey.workspace(of: $0) == job.workspace }.map { (job.id, $0) }
        }
        guard !uses.isEmpty else { return ([], []) }
        // In order, so that no two submissions wait for each other.
        let objects = Set(uses.map(\.object)).sorted()
        try connection.execute(
            "UPDATE stored_object SET touched_at = now_us() WHERE object = $1 AND state <> 'removing'",
            batch: objects.map { [.text($0)] })
        let rows = try connection.query(
            "SELECT object FROM stored_object WHERE object \(connection.dialect.isAmong("$1", .text)) AND state = 'removing'",
            [connection.dialect.list(objects)])
        let removing = Set(try rows.map { row throws(StorageError) in try row.text("object") })
        return (uses, Set(uses.filter { removing.contains($0.object) }.map(\.job)))
    }
}

extension JobID {
    /// Before every id there is.
    fileprivate static var first: JobID {
        .init(uuid: .init(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
    }
}
