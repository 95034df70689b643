package import Model
package import Storage

extension SQLConnection {
    /// Appends to a workspace's audit log, in the transaction of what it tells of.
    ///
    /// Locks the end of the workspace's log until the transaction ends, so it is the last thing that a transaction does: other
    /// changes of the workspace wait no longer than that, and locks are always taken in the same order. Webhooks that want to
    /// hear of it are told.
    package func audit(_ records: AuditRecord..., in workspace: WorkspaceID) throws(StorageError) {
        try audit(records, in: workspace)
    }

    /// Appends several entries.
    package func audit(_ records: [AuditRecord], in workspace: WorkspaceID) throws(StorageError) {
        guard !records.isEmpty else { return }
        // What is told outside is written before the lock on the log is taken.
        try emit(records.compactMap { WebhookEvent($0, in: workspace) }, in: workspace)
        // The lock on this row makes the log one chain; locking its newest entry would let two follow the same one.
        let head = try row(
            """
            INSERT INTO audit_head (workspace, seq, hash) VALUES ($1, 0, $2)
            ON CONFLICT (workspace) DO UPDATE SET seq = audit_head.seq RETURNING seq, hash, now_us() AS now
            """, [SQLValue(workspace), .text(AuditChain.origin)])
        var (sequence, hash) = (try head.integer("seq"), try head.text("hash"))
        // Whole milliseconds, as JSON has them: an export is all that it takes to check the chain.
        let now = Timestamp(microseconds: try head.integer("now") / 1_000 * 1_000)
        var rows: [[SQLValue]] = []
        for record in records {
            sequence += 1
            let entry = AuditEntry(record, in: workspace, sequence: sequence, at: now, after: hash)
            hash = entry.hash
            rows.append(entry.values)
        }
        try execute(
            """
            INSERT INTO audit_entry (\(AuditEntry.columns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """, batch: rows)
        try execute(
            "UPDATE audit_head SET seq = $2, hash = $3 WHERE workspace = $1",
            [SQLValue(workspace), .integer(sequence), .text(hash)])
    }
}
