import Foundation
package import Model

extension SQLJobStore: JobRetention {
    package func removeFinished(
        olderThan age: Duration, after position: JobID?, limit: Int
    ) async throws(StorageError) -> RemovedJobs {
        try await database.write { connection throws(StorageError) in
            let dialect = connection.dialect
            // A job that is being started anew is locked, and left out. The ids of jobs grow with time, so the primary key leads from the oldest on, and no index on the end of jobs
            // makes every ending more expensive.
            let rows = try connection.query(
                """
                SELECT id, input, batch FROM job
                WHERE id > $1 AND finished_at <= now_us() - $2 AND created_at <= now_us() - $2
                    AND NOT EXISTS (SELECT 1 FROM live_job WHERE live_job.job = job.id)
                ORDER BY id LIMIT $3 \(dialect.skipLocked)
                """, [SQLValue(position ?? .first), .integer(age.microseconds), SQLValue(limit)])
            var removed = RemovedJobs()
            var (ids, batches): ([JobID], Set<BatchID>) = ([], [])
            for row in rows {
                ids.append(try row.id("id"))
                if let batch: BatchID = try row.optionalID("batch") { batches.insert(batch) }
                removed.uploads += Self.uploads(in: try row.text("input"))
            }
            guard let last = ids.last else { return removed }
            removed.count = ids.count
            removed.position = ids.count == limit ? last : nil
            let list = dialect.list(ids)
            let isRemoved = dialect.isAmong("$1")
            for table in ["event", "step", "artifact", "idempotency"] {
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

    /// The uploads that an input names: each was stored for the job that came with it.
    private static func uploads(in input: String) -> [String] {
        input.matches(of: /"(uploads\/[0-9a-f-]{36})"/).map { String($0.1) }
    }
}

extension JobID {
    /// Before every id there is.
    fileprivate static var first: JobID {
        .init(uuid: .init(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
    }
}
