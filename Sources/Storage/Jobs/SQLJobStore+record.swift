import Model

extension SQLJobStore {
    /// Writes a worker's updates under its epoch.
    static func record(
        _ updates: [JobUpdate], under lease: JobLease, on connection: any SQLConnection
    ) throws(StorageError) -> Bool {
        var entries: [JobJournal.Entry] = []
        var progress: JobProgress?
        for update in updates {
            switch update {
            case .progress(let new): progress = new
            case .stage(let new):
                progress = new
                entries.append(try .stage(new.stage))
            case .log(let line): entries.append(try .log(line))
            case .step, .artifact, .rate: break
            }
        }
        let rows = try connection.query(
            """
            UPDATE live_job SET
                position = position + $3,
                stage = COALESCE($4, stage),
                percent = CASE WHEN $5 > percent THEN $5 ELSE percent END,
                operation = CASE WHEN $6 = 1 THEN $7 ELSE operation END,
                eta_low = CASE WHEN $6 = 1 THEN $8 ELSE eta_low END,
                eta_high = CASE WHEN $6 = 1 THEN $9 ELSE eta_high END
            WHERE job = $1 AND epoch = $2 AND state = 'leased' AND workspace = $10
            RETURNING position, cancel_requested
            """,
            [
                SQLValue(lease.job), .integer(lease.epoch), SQLValue(entries.count), SQLValue(progress?.stage),
                .double(progress?.percent ?? 0), SQLValue(progress != nil), SQLValue(progress?.operation),
                SQLValue(progress?.eta?.lowMilliseconds), SQLValue(progress?.eta?.highMilliseconds),
                SQLValue(lease.workspace),
            ])
        guard let row = rows.first else { throw fenced(lease) }
        let first = try row.integer("position") - Int64(entries.count)
        try JobJournal.append(
            entries.enumerated().map { (lease.job, first + 1 + Int64($0.offset), lease.epoch, $0.element) },
            on: connection)
        for update in updates { try write(update, under: lease, on: connection) }
        connection.announce(Key.job(lease.job))
        return try row.bool("cancel_requested")
    }

    private static func write(
        _ update: JobUpdate, under lease: JobLease, on connection: any SQLConnection
    ) throws(StorageError) {
        switch update {
        case .progress, .stage, .log:
            break
        case .step(let step, let result):
            try connection.execute(
                """
                INSERT INTO step (job, name, key, reused, epoch, started_at, finished_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (job, name) DO UPDATE
                SET key = excluded.key, reused = excluded.reused, epoch = excluded.epoch,
                    started_at = excluded.started_at, finished_at = excluded.finished_at
                """,
                [
                    SQLValue(lease.job), .text(step.name), .text(step.key), SQLValue(step.reused),
                    .integer(lease.epoch), SQLValue(step.startedAt), SQLValue(step.finishedAt),
                ])
            if let result {
                try connection.execute(
                    """
                    INSERT INTO step_result (workspace, key, result, created_at) VALUES ($1, $2, $3, now_us())
                    ON CONFLICT (workspace, key) DO UPDATE
                    SET result = excluded.result, created_at = excluded.created_at
                    """, [SQLValue(lease.workspace), .text(step.key), SQLValue(result)])
            }
        case .artifact(let artifact):
            try connection.execute(
                """
                INSERT INTO artifact (job, name, object, content_type, size, sha256, epoch, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, now_us())
                ON CONFLICT (job, name) DO UPDATE
                SET object = excluded.object, content_type = excluded.content_type, size = excluded.size,
                    sha256 = excluded.sha256, epoch = excluded.epoch, created_at = excluded.created_at
                """,
                [
                    SQLValue(lease.job), .text(artifact.name), .text(artifact.object), .text(artifact.contentType),
                    .integer(artifact.size), .text(artifact.sha256), .integer(lease.epoch),
                ])
        case .rate(let key, let units, let seconds):
            guard units > 0, seconds >= 0 else { return }
            // A moving mean over about the last ten runs.
            try connection.execute(
                """
                INSERT INTO stage_rate (key, samples, seconds_per_unit) VALUES ($1, 1, $2)
                ON CONFLICT (key) DO UPDATE SET
                    samples = stage_rate.samples + 1,
                    seconds_per_unit = stage_rate.seconds_per_unit
                        + (excluded.seconds_per_unit - stage_rate.seconds_per_unit)
                        / (CASE WHEN stage_rate.samples < 9 THEN stage_rate.samples + 1 ELSE 10 END)
                """, [.text(key), .double(seconds / units)])
        }
    }

    /// Ends leases under their epochs.
    static func finish(
        _ endings: [LeaseEnding], on connection: any SQLConnection
    ) throws(StorageError) -> ([StorageError?], Aftermath) {
        var locked: [JobID: LiveJob] = [:]
        for job in try LiveJob.lock(endings.map(\.lease.job), on: connection) { locked[job.id] = job }
        var refusals: [StorageError?] = []
        var transitions: [JobTransition] = []
        for ending in endings {
            let lease = ending.lease
            if var job = locked[lease.job], job.lifecycle.state == .leased {
                let event = ending.outcome.event(epoch: lease.epoch, stopping: job.isAskedToStop)
                guard job.lane.workspace == lease.workspace, case .moved(let next) = job.lifecycle.handle(event) else {
                    refusals.append(fenced(lease))
                    continue
                }
                // A second ending of the same lease in one call finds it ended.
                locked[lease.job] = job
                transitions.append(try transition(of: job, by: ending.outcome, to: next))
                refusals.append(nil)
            } else {
                refusals.append(try repeated(ending, on: connection) ? nil : fenced(lease))
            }
        }
        let aftermath = try apply(transitions, on: connection)
        FaultPoint.reach(.finishing)
        return (refusals, aftermath)
    }

    private static func transition(
        of job: LiveJob, by outcome: JobOutcome, to next: JobState
    ) throws(StorageError) -> JobTransition {
        var transition = JobTransition(job)
        switch outcome {
        case .succeeded(let result): transition.result = result
        case .retry(let failure, let delay):
            transition.failure = failure
            transition.delay = delay
        case .dead(let failure): transition.failure = failure
        case .canceled, .handedBack: break
        }
        if let failure = transition.failure, next != .canceled {
            transition.entries = [try .failure(failure, then: transition.lifecycle.state)]
        }
        return transition
    }

    /// Whether a job already is where this ending leads, under this lease: the reply to an earlier call was lost.
    private static func repeated(_ ending: LeaseEnding, on connection: any SQLConnection) throws(StorageError) -> Bool {
        let lease = ending.lease
        let rows = try connection.query(
            """
            SELECT \(JobRow.state) AS state, COALESCE(l.epoch, j.epoch) AS epoch FROM \(JobRow.tables)
            WHERE j.id = $1 AND j.workspace = $2
            """, [SQLValue(lease.job), SQLValue(lease.workspace)])
        guard let row = rows.first, try row.integer("epoch") == lease.epoch,
            ending.outcome.canLead(to: try JobRow.state(row.text("state")))
        else { return false }
        // The announcement may be lost with the reply.
        connection.announce(Key.job(lease.job, in: lease.workspace))
        return true
    }

    private static func fenced(_ lease: JobLease) -> StorageError {
        StorageError(
            .fenced, "Lease \(lease.epoch) of job \(lease.job) is over: another worker owns the job, or it has ended.")
    }
}

extension JobOutcome {
    /// Whether a job that this outcome was written for can be found in `state`.
    fileprivate func canLead(to state: JobState) -> Bool {
        switch self {
        case .succeeded: state == .succeeded
        case .dead: state == .dead
        case .canceled: state == .canceled
        case .retry: [.scheduled, .parked, .ready, .dead, .canceled].contains(state)
        case .handedBack: [.parked, .ready, .canceled].contains(state)
        }
    }

    /// A job that was asked to stop neither runs again nor goes back.
    fileprivate func event(epoch: Int64, stopping: Bool) -> JobLifecycle.Event {
        switch self {
        case .succeeded: .succeed(epoch: epoch)
        case .retry: stopping ? .stop(epoch: epoch) : .fail(epoch: epoch, retryable: true)
        case .dead: .fail(epoch: epoch, retryable: false)
        case .canceled: .stop(epoch: epoch)
        case .handedBack: stopping ? .stop(epoch: epoch) : .handBack(epoch: epoch)
        }
    }
}
