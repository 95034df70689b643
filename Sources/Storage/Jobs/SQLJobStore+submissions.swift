import Foundation
package import Model

extension SQLJobStore: JobSubmissions {
    package func submit(_ jobs: [NewJob], within bounds: DepthBounds) async throws(StorageError) -> [SubmittedJob] {
        try await submit(jobs, within: bounds) { _, submitted throws(StorageError) in submitted }
    }

    package func submit<Value: Sendable>(
        _ jobs: [NewJob], within bounds: DepthBounds,
        alongside body: @escaping @Sendable (any SQLConnection, [SubmittedJob]) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        let refusal = try await refusal(of: jobs, within: bounds)
        // A full queue still answers for the work that it has.
        if let refusal, jobs.allSatisfy({ $0.idempotencyKey == nil }) { throw refusal }
        return try await change { connection throws(StorageError) in
            let (submitted, aftermath) = try Self.submit(jobs, refusal, on: connection)
            return (try body(connection, submitted), aftermath)
        }
    }

    private static func submit(
        _ jobs: [NewJob], _ refusal: StorageError?, on connection: any SQLConnection
    ) throws(StorageError) -> ([SubmittedJob], Aftermath) {
        var known: [Int: Job] = [:]
        for (index, job) in jobs.enumerated() {
            let first = try takeKey(
                job.idempotencyKey, workspace: job.workspace, kind: job.kind, inputHash: job.inputHash, job: job.id,
                batch: nil, on: connection)
            if let first { known[index] = try self.job(JobID(uuid: first), in: job.workspace, on: connection) }
        }
        let new = jobs.enumerated().filter { known[$0.offset] == nil }.map(\.element)
        if let refusal, !new.isEmpty { throw refusal }
        let (stored, aftermath) = try insert(new, batch: nil, on: connection)
        var rest = stored[...]
        let submitted = jobs.indices.map { index in
            known[index].map { SubmittedJob(job: $0, existing: true) }
                ?? SubmittedJob(job: rest.removeFirst(), existing: false)
        }
        return (submitted, aftermath)
    }

    package func submit(_ batch: NewBatch, within bounds: DepthBounds) async throws(StorageError) -> SubmittedBatch {
        let refusal = try await refusal(of: batch.jobs + [batch.gathering].compactMap { $0 }, within: bounds)
        if let refusal, batch.idempotencyKey == nil { throw refusal }
        return try await change { connection throws(StorageError) in
            if let first = try Self.takeKey(
                batch.idempotencyKey, workspace: batch.workspace, kind: "batch:" + batch.kind,
                inputHash: batch.inputHash, job: nil, batch: batch.id, on: connection)
            {
                guard let stored = try Self.batch(BatchID(uuid: first), in: batch.workspace, on: connection) else {
                    throw StorageError(.conflict, "The idempotency key was used for a batch that no longer exists.")
                }
                return (SubmittedBatch(batch: stored, existing: true), Aftermath())
            }
            if let refusal { throw refusal }
            try connection.execute(
                "INSERT INTO batch (id, workspace, kind, size, created_at) VALUES ($1, $2, $3, $4, now_us())",
                [SQLValue(batch.id), SQLValue(batch.workspace), .text(batch.kind), SQLValue(batch.jobs.count)])
            var (_, aftermath) = try Self.insert(batch.jobs, batch: batch.id, on: connection)
            if let gathering = batch.gathering {
                aftermath.merge(try Self.insert([gathering], batch: nil, on: connection).1)
            }
            guard let stored = try Self.batch(batch.id, in: batch.workspace, on: connection) else {
                throw StorageError(.corrupt, "A batch that was just stored is not there.")
            }
            return (SubmittedBatch(batch: stored, existing: false), aftermath)
        }
    }

    package func cancel(_ id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> Job {
        try await change { connection throws(StorageError) in
            var aftermath = Aftermath()
            if var job = try LiveJob.lock([id], on: connection).first, job.lane.workspace == workspace {
                switch job.lifecycle.handle(.cancel) {
                case .moved:
                    aftermath = try Self.apply([JobTransition(job)], on: connection)
                case .askOwnerToStop where !job.isAskedToStop:
                    try connection.execute("UPDATE live_job SET cancel_requested = 1 WHERE job = $1", [SQLValue(id)])
                    if let session = job.session { connection.announce(Key.stop(session)) }
                    connection.announce(Key.job(id))
                case .askOwnerToStop, .refused, .refusedStaleEpoch:
                    break
                }
            }
            return (try Self.job(id, in: workspace, on: connection), aftermath)
        }
    }

    package func replay(
        _ id: JobID, in workspace: WorkspaceID, input: JSONText?
    ) async throws(StorageError) -> Job {
        try await change { connection throws(StorageError) in
            let aftermath = try Self.replay(id, in: workspace, input, on: connection)
            return (try Self.job(id, in: workspace, on: connection), aftermath)
        }
    }

    /// Gives an ended job a place in its lane again.
    private static func replay(
        _ id: JobID, in workspace: WorkspaceID, _ input: JSONText?, on connection: any SQLConnection
    ) throws(StorageError) -> Aftermath {
        // Two replays at once: the second finds the job unfinished.
        _ = try connection.query(
            "SELECT id FROM job WHERE id = $1 AND workspace = $2 \(connection.dialect.forUpdate)",
            [SQLValue(id), SQLValue(workspace)])
        let job = try job(id, in: workspace, on: connection)
        var lifecycle = JobLifecycle(
            state: job.state, epoch: job.epoch, attempt: job.attempt, lost: job.lost, maxAttempts: job.maxAttempts)
        guard case .moved = lifecycle.handle(.replay), case .moved = lifecycle.handle(.due) else {
            throw StorageError(
                .conflict, "The job is \(job.state.rawValue); only a dead, canceled or expired job can be retried.")
        }
        let keyed = try connection.execute("UPDATE idempotency SET expires_at = NULL WHERE job = $1", [SQLValue(id)])
        try connection.execute(
            """
            UPDATE job SET
                state = NULL, failure = NULL, result = NULL, stage = NULL, percent = NULL, finished_at = NULL,
                cancel_requested = NULL, input = COALESCE($2, input)
            WHERE id = $1
            """, [SQLValue(id), SQLValue(input)])
        if let input { try useUploads(of: [(id, workspace, input)], on: connection) }
        let lane = try lane(of: job, on: connection)
        try connection.execute(
            """
            INSERT INTO live_job (job, workspace, band, kind, caps, priority, state, epoch, attempt, max_attempts, lost,
                position, is_keyed, run_at, started_at)
            VALUES ($5, $1, $2, $3, $4, $6, $7, $8, $9, $10, $11, $12, $13, now_us(), $14)
            """,
            lane.values + [
                SQLValue(id), SQLValue(job.priority), .text(lifecycle.state.rawValue), .integer(lifecycle.epoch),
                SQLValue(lifecycle.attempt), SQLValue(lifecycle.maxAttempts), SQLValue(lifecycle.lost),
                .integer(job.position + 1), SQLValue(keyed > 0), SQLValue(job.startedAt),
            ])
        try JobJournal.append(
            [(id, job.position + 1, lifecycle.epoch, .state(lifecycle.state))], on: connection)
        connection.announce(Key.job(id, in: workspace))
        return Aftermath(lanes: [lane], booking: JobBooking(submitted: [workspace: 1]))
    }

    private static func lane(of job: Job, on connection: any SQLConnection) throws(StorageError) -> Lane {
        let row = try connection.query("SELECT band, caps FROM job WHERE id = $1", [SQLValue(job.id)]).first
        return Lane(
            workspace: job.workspace, band: Int(try row?.integer("band") ?? 0), kind: job.kind,
            caps: try row?.text("caps") ?? "")
    }

    /// Why these jobs cannot be stored; nil when there is room, which is then counted as taken.
    private func refusal(of jobs: [NewJob], within bounds: DepthBounds) async throws(StorageError) -> StorageError? {
        if depthEstimate.isDue(at: .now) {
            let begin = ContinuousClock.now
            let queues = try await database.read { connection throws(StorageError) in
                var queues: [DepthEstimate.Queue: Int] = [:]
                for row in try connection.query(
                    "SELECT workspace, kind, COUNT(*) AS jobs FROM live_job GROUP BY workspace, kind")
                {
                    let queue = DepthEstimate.Queue(workspace: try row.id("workspace"), kind: try row.text("kind"))
                    queues[queue] = Int(try row.integer("jobs"))
                }
                return queues
            }
            depthEstimate.counted(queues, taking: begin.duration(to: .now), at: .now)
        }
        var more: [DepthEstimate.Queue: Int] = [:]
        for job in jobs { more[.init(workspace: job.workspace, kind: job.kind), default: 0] += 1 }
        return depthEstimate.take(more, within: bounds)
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
}
