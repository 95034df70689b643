import Foundation
package import Model

extension SQLJobStore: JobSubmissions {
    package func submit(_ jobs: [NewJob], maximumDepth: Int) async throws(StorageError) -> [SubmittedJob] {
        let refusal = try await refusal(of: jobs.count, within: maximumDepth)
        // A full queue still answers for the work that it has.
        if let refusal, jobs.allSatisfy({ $0.idempotencyKey == nil }) { throw refusal }
        return try await database.write { connection throws(StorageError) in
            var submitted: [SubmittedJob] = []
            for job in jobs {
                if let first = try Self.takeKey(
                    job.idempotencyKey, workspace: job.workspace, kind: job.kind, inputHash: job.inputHash,
                    job: job.id, batch: nil, on: connection)
                {
                    guard let row = try Self.lock(JobID(uuid: first), in: job.workspace, on: connection) else {
                        throw StorageError(.conflict, "The idempotency key was used for a job that no longer exists.")
                    }
                    submitted.append(SubmittedJob(job: try JobRow.job(row), existing: true))
                } else {
                    if let refusal { throw refusal }
                    try Self.insert([job], batch: nil, on: connection)
                    guard let row = try Self.lock(job.id, in: job.workspace, on: connection) else {
                        throw StorageError(.corrupt, "A job that was just stored is not there.")
                    }
                    submitted.append(SubmittedJob(job: try JobRow.job(row), existing: false))
                }
            }
            return submitted
        }
    }

    package func submit(_ batch: NewBatch, maximumDepth: Int) async throws(StorageError) -> SubmittedBatch {
        let refusal = try await refusal(of: batch.jobs.count, within: maximumDepth)
        if let refusal, batch.idempotencyKey == nil { throw refusal }
        return try await database.write { connection throws(StorageError) in
            if let first = try Self.takeKey(
                batch.idempotencyKey, workspace: batch.workspace, kind: "batch:" + batch.kind,
                inputHash: batch.inputHash, job: nil, batch: batch.id, on: connection)
            {
                guard let stored = try Self.batch(BatchID(uuid: first), in: batch.workspace, on: connection) else {
                    throw StorageError(.conflict, "The idempotency key was used for a batch that no longer exists.")
                }
                return SubmittedBatch(batch: stored, existing: true)
            }
            if let refusal { throw refusal }
            try connection.execute(
                "INSERT INTO batch (id, workspace, kind, size, created_at) VALUES ($1, $2, $3, $4, now_us())",
                [SQLValue(batch.id), SQLValue(batch.workspace), .text(batch.kind), SQLValue(batch.jobs.count)])
            try Self.insert(batch.jobs, batch: batch.id, on: connection)
            guard let stored = try Self.batch(batch.id, in: batch.workspace, on: connection) else {
                throw StorageError(.corrupt, "A batch that was just stored is not there.")
            }
            return SubmittedBatch(batch: stored, existing: false)
        }
    }

    package func cancel(_ id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> Job {
        try await change(id, in: workspace) { row, connection throws(StorageError) in
            var lifecycle = try JobRow.lifecycle(row)
            switch lifecycle.handle(.cancel) {
            case .moved:
                try Self.write(lifecycle, of: row, on: connection)
            case .askOwnerToStop:
                guard try !row.bool("cancel_requested") else { return }
                try connection.execute("UPDATE job SET cancel_requested = 1 WHERE id = $1", [SQLValue(id)])
                if let session: WorkerSessionID = try row.optionalID("session") {
                    connection.announce(Key.stop(session))
                }
                connection.announce(Key.job(id))
            case .refused, .refusedStaleEpoch:
                return
            }
        }
    }

    package func replay(_ id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> Job {
        try await change(id, in: workspace) { row, connection throws(StorageError) in
            var lifecycle = try JobRow.lifecycle(row)
            let before = lifecycle.state
            guard case .moved = lifecycle.handle(.replay) else {
                throw StorageError(
                    .conflict,
                    "The job is \(before.rawValue); only a dead, canceled or expired job can be retried.")
            }
            try Self.write(lifecycle, of: row, Change(restarts: true), on: connection)
        }
    }

    /// Locks a job, changes it and reads it again.
    private func change(
        _ id: JobID, in workspace: WorkspaceID,
        _ body: @escaping @Sendable (SQLRow, any SQLConnection) throws(StorageError) -> Void
    ) async throws(StorageError) -> Job {
        try await database.write { connection throws(StorageError) in
            guard let row = try Self.lock(id, in: workspace, on: connection) else {
                throw StorageError(.notFound, "There is no job \(id).")
            }
            try body(row, connection)
            guard let changed = try Self.lock(id, in: workspace, on: connection) else {
                throw StorageError(.notFound, "There is no job \(id).")
            }
            return try JobRow.job(changed)
        }
    }

    /// Why that many more jobs cannot be stored; nil when there is room, which is then counted as taken.
    private func refusal(of count: Int, within maximumDepth: Int) async throws(StorageError) -> StorageError? {
        let now = ContinuousClock.now
        var depth = depthEstimate.current(at: now)
        if depth == nil {
            let counted = try await self.depth().reduce(0) { $0 + $1.count }
            depthEstimate.counted(counted, at: now)
            depth = counted
        }
        guard let depth, depth + count <= maximumDepth else {
            return StorageError(
                .full,
                "The queue holds \(depth ?? 0) unfinished jobs and takes at most \(maximumDepth); try again later.")
        }
        depthEstimate.added(count)
        return nil
    }

    /// Claims an idempotency key.
    ///
    /// - Returns: the id that the key already stands for, or nil when the caller has it now.
    private static func takeKey(
        _ key: String?, workspace: WorkspaceID, kind: String, inputHash: String, job: JobID?, batch: BatchID?,
        on connection: any SQLConnection
    ) throws(StorageError) -> UUID? {
        guard let key else { return nil }
        let owner = [SQLValue(workspace), .text(kind), .text(key)]
        let taken = try connection.query(
            """
            INSERT INTO idempotency (workspace, kind, key, input_hash, job, batch, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7 = 1 THEN now_us() + $8 ELSE NULL END)
            ON CONFLICT (workspace, kind, key) DO UPDATE
            SET input_hash = excluded.input_hash, job = excluded.job, batch = excluded.batch,
                expires_at = excluded.expires_at
            WHERE idempotency.expires_at <= now_us()
            RETURNING key
            """,
            owner + [
                .text(inputHash), SQLValue(job), SQLValue(batch), SQLValue(batch != nil),
                .integer(batchKeyRetention.microseconds),
            ])
        if !taken.isEmpty { return nil }
        let rows = try connection.query(
            "SELECT input_hash, job, batch FROM idempotency WHERE workspace = $1 AND kind = $2 AND key = $3", owner)
        guard let row = rows.first else {
            throw StorageError(.conflict, "The idempotency key '\(key)' is being used by another request; try again.")
        }
        guard try row.text("input_hash") == inputHash else {
            throw StorageError(
                .conflict, "The idempotency key '\(key)' was used with another input; use a new key for new work.")
        }
        let first: JobID? = try row.optionalID("job")
        let firstBatch: BatchID? = try row.optionalID("batch")
        return first?.uuid ?? firstBatch?.uuid
    }

    private static func insert(
        _ jobs: [NewJob], batch: BatchID?, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            """
            INSERT INTO job (id, workspace, kind, state, priority, input, max_attempts, batch, item, request, position,
                created_at, run_at, ready_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, now_us(), now_us() + $11,
                CASE WHEN $12 = 1 THEN now_us() ELSE NULL END)
            """,
            batch: jobs.enumerated().map { item, job in
                let state = entry(for: job)
                return [
                    SQLValue(job.id), SQLValue(job.workspace), .text(job.kind), .text(state.rawValue),
                    SQLValue(job.priority), SQLValue(job.input), SQLValue(job.maxAttempts), SQLValue(batch),
                    batch == nil ? .null : SQLValue(item), SQLValue(job.request), .integer(job.delay.microseconds),
                    SQLValue(state == .ready),
                ]
            })
        try JobJournal.append(jobs.map { ($0.id, 1, 0, .state(entry(for: $0))) }, on: connection)
        for job in jobs { connection.announce(Key.job(job.id)) }
        for workspace in Set(jobs.map(\.workspace)) { connection.announce(Key.workspace(workspace)) }
        connection.announce(Key.ready)
    }

    /// Without caps a job that is not delayed passes `parked` in the transaction that stores it.
    private static func entry(for job: NewJob) -> JobState {
        var lifecycle = JobLifecycle(entering: job.delay > .zero ? .scheduled : .parked, maxAttempts: job.maxAttempts)
        _ = lifecycle.handle(.promote)
        return lifecycle.state
    }
}
