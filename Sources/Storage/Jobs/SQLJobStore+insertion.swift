import Model

extension SQLJobStore {
    /// From this many rows on, a bulk load costs less than a statement.
    private static let bulk = 32

    /// Stores jobs that are new, with their place in line and the first entry of their journal.
    ///
    /// - Parameter admitted: the time at which the caller found that their queues take jobs; looked up when there is none.
    /// - Returns: the jobs as they are stored, in the order given, and which lanes got some.
    static func insert(
        _ jobs: [NewJob], batch: BatchID?, admitted: Timestamp? = nil, on connection: any SQLConnection
    ) throws(StorageError) -> ([Job], Aftermath) {
        guard !jobs.isEmpty else { return ([], Aftermath()) }
        let now = if let admitted { admitted } else { try openingTime(for: jobs, on: connection) }
        try offer(Set(jobs.flatMap(\.caps)), on: connection)
        var stored: [Job] = []
        var (permanent, live, events): ([[SQLValue]], [[SQLValue]], [[SQLValue]]) = ([], [], [])
        var aftermath = Aftermath()
        var held: [(job: NewJob, needs: Needs)] = []
        for (item, new) in jobs.enumerated() {
            let needs = try openNeeds(of: new, on: connection)
            let state: JobState =
                needs.holds ? .blocked : new.runAt(from: now) > now ? .scheduled : .parked
            let job = new.job(in: state, batch: batch, at: now)
            let lane = new.lane
            stored.append(job)
            aftermath.booking.submitted[job.workspace, default: 0] += 1
            permanent.append([
                SQLValue(job.id), SQLValue(job.workspace), .text(job.kind), SQLValue(lane.band), .text(lane.caps),
                SQLValue(job.priority), SQLValue(job.input), SQLValue(job.maxAttempts), SQLValue(batch),
                batch == nil ? .null : SQLValue(item), SQLValue(job.request), SQLValue(job.trace), SQLValue(now),
            ])
            live.append([
                SQLValue(job.id), SQLValue(job.workspace), SQLValue(lane.band), .text(job.kind), .text(lane.caps),
                SQLValue(job.priority), .text(state.rawValue), .integer(0), SQLValue(0), SQLValue(job.maxAttempts),
                SQLValue(0), .integer(job.position), SQLValue(new.idempotencyKey != nil), SQLValue(job.runAt),
                SQLValue(new.expiresAfter.map { now + $0 }),
            ])
            events.append([
                SQLValue(job.id), .integer(job.position), .integer(0), .text(JobEvent.Kind.progress.rawValue),
                SQLValue(JobJournal.Entry.state(state).data), SQLValue(now),
            ])
            connection.announce(Key.job(job.id, in: job.workspace))
            if state == .parked {
                aftermath.lanes.insert(lane)
                let place = LaneFronts.Place(priority: Int64(job.priority), job: job.id)
                if aftermath.arrivals[lane].map({ place.isAhead(of: $0) }) ?? true { aftermath.arrivals[lane] = place }
            }
            if needs.holds { held.append((new, needs)) }
        }
        try load(
            "job",
            [
                "id", "workspace", "kind", "band", "caps", "priority", "input", "max_attempts", "batch", "item",
                "request", "trace", "created_at",
            ], permanent, on: connection)
        try load(
            "live_job",
            [
                "job", "workspace", "band", "kind", "caps", "priority", "state", "epoch", "attempt", "max_attempts",
                "lost", "position", "is_keyed", "run_at", "expires_at",
            ], live, on: connection)
        try load("event", ["job", "position", "epoch", "type", "data", "at"], events, on: connection)
        try useUploads(of: jobs.map { ($0.id, $0.workspace, $0.input) }, on: connection)
        aftermath.merge(try hold(held, on: connection))
        FaultPoint.reach(.submitting)
        return (stored, aftermath)
    }

    /// The database's clock, unless one of the queues takes no more jobs.
    private static func openingTime(
        for jobs: [NewJob], on connection: any SQLConnection
    ) throws(StorageError) -> Timestamp {
        let dialect = connection.dialect
        let row = try connection.row(
            """
            SELECT now_us() AS now, (
                SELECT kind FROM queue_mode
                WHERE workspace \(dialect.isAmong("$1")) AND kind \(dialect.isAmong("$2", .text)) AND mode = 'draining'
                LIMIT 1) AS draining
            """, [dialect.list(Set(jobs.map(\.workspace))), dialect.list(Set(jobs.map(\.kind)))]
        )
        if let kind = try row.optionalText("draining") {
            throw StorageError(
                .limited, "The queue '\(kind)' is being drained and takes no new jobs; resume it, or try again later.")
        }
        return try row.time("now")
    }

    private static func load(
        _ table: String, _ columns: [String], _ rows: [[SQLValue]], on connection: any SQLConnection
    ) throws(StorageError) {
        if rows.count >= bulk { return try connection.insert(into: table, columns: columns, rows: rows) }
        let places = columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        try connection.execute(
            "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places))", batch: rows)
    }

    /// Makes sure that caps are known. Those that are keep their bound.
    private static func offer(_ caps: Set<Cap>, on connection: any SQLConnection) throws(StorageError) {
        guard !caps.isEmpty else { return }
        try connection.execute(
            "INSERT INTO cap (key, slots) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
            batch: caps.sorted { $0.key < $1.key }.map { [.text($0.key.text), SQLValue($0.slots)] })
    }

    // MARK: Dependencies

    /// What a job still has to wait for.
    private struct Needs {
        var open: [JobID] = []
        /// One that has failed already, when that is the end of this job too.
        var failed: JobID?
        var holds: Bool { !open.isEmpty || failed != nil }
    }

    /// Looks up what a job waits for. Those are locked, so that none ends before this job is stored.
    private static func openNeeds(of job: NewJob, on connection: any SQLConnection) throws(StorageError) -> Needs {
        var needs = Needs()
        guard !job.needs.isEmpty else { return needs }
        needs.open = try LiveJob.lock(Set(job.needs), on: connection)
            .filter { $0.lane.workspace == job.workspace }.map(\.id)
        for id in Set(job.needs).subtracting(needs.open).sorted() {
            let ended = try self.job(id, in: job.workspace, on: connection)
            if ended.state != .succeeded, job.whenNeedFails == .cancel { needs.failed = needs.failed ?? id }
        }
        return needs
    }

    /// Writes down who waits for whom, and ends at once what waits for a job that has failed.
    private static func hold(
        _ held: [(job: NewJob, needs: Needs)], on connection: any SQLConnection
    ) throws(StorageError) -> Aftermath {
        var aftermath = Aftermath()
        for (job, needs) in held {
            guard let failed = needs.failed else {
                try connection.execute(
                    "INSERT INTO dependency (job, needs, on_failure) VALUES ($1, $2, $3)",
                    batch: needs.open.map { [SQLValue(job.id), SQLValue($0), .text(job.whenNeedFails.rawValue)] })
                try connection.execute(
                    "UPDATE live_job SET is_awaited = 1 WHERE job \(connection.dialect.isAmong("$1"))",
                    [connection.dialect.list(needs.open)])
                continue
            }
            for var live in try LiveJob.lock([job.id], on: connection) {
                guard case .moved = live.lifecycle.handle(.cancel) else { continue }
                var transition = JobTransition(live)
                transition.failure = .needFailed(failed)
                aftermath.merge(try apply([transition], on: connection))
            }
        }
        return aftermath
    }
}

extension NewJob {
    fileprivate var lane: Lane {
        .init(workspace: workspace, band: band.rawValue, kind: kind, caps: Lane.caps(caps.map(\.key)))
    }

    fileprivate func runAt(from now: Timestamp) -> Timestamp {
        max(now + delay, notBefore ?? now)
    }

    /// The job as it is once it is stored.
    fileprivate func job(in state: JobState, batch: BatchID?, at now: Timestamp) -> Job {
        Job(
            id: id, workspace: workspace, kind: kind, state: state, priority: priority, input: input, result: nil,
            failure: nil, progress: nil, epoch: 0, attempt: 0, maxAttempts: maxAttempts, lost: 0,
            cancelRequested: false, batch: batch, position: 1, request: request, trace: trace, createdAt: now,
            runAt: runAt(from: now), startedAt: nil, finishedAt: nil)
    }
}
