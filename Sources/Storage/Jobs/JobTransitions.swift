import Model

/// One step of one job that ``JobLifecycle`` has allowed: what it was, what it is now, and what goes with it.
struct JobTransition {
    /// The job as it was locked, with the lifecycle after the event.
    let job: LiveJob
    var result: JSONText?
    var failure: JobFailure?
    /// How long a scheduled job waits.
    var delay: Duration = .zero
    /// What the journal says; the new state unless given.
    var entries: [JobJournal.Entry] = []

    init(_ job: LiveJob) { self.job = job }

    /// Where the job stands afterwards. One that is due at once passes `scheduled` in the same transaction.
    var lifecycle: JobLifecycle {
        var lifecycle = job.lifecycle
        if lifecycle.state == .scheduled, delay <= .zero { _ = lifecycle.handle(.due) }
        return lifecycle
    }
}

/// What has to be done once transitions are committed.
struct Aftermath: Sendable {
    /// Lanes in which a job may have room now.
    var lanes: Set<Lane> = []
    /// The first of the new jobs of lanes.
    var arrivals: [Lane: LaneFronts.Place] = [:]
    /// Lanes to which jobs came back.
    var returns: Set<Lane> = []
    /// Caps of which slots came free.
    var caps: Set<String> = []
    /// Workspaces of which fewer jobs are ready or leased.
    var workspaces: Set<WorkspaceID> = []
    /// What jobs really cost against what was charged for them.
    var corrections: [Lane.Share: Int64] = [:]
    /// How long jobs of a kind ran.
    var runs: [String: (count: Int64, total: Int64)] = [:]
    /// Ready jobs that moved up.
    var raised: [DispatchEntry] = []
    /// What whoever keeps the books has to write.
    var booking = JobBooking()

    mutating func merge(_ other: Aftermath) {
        lanes.formUnion(other.lanes)
        arrivals.merge(other.arrivals) { $0.isAhead(of: $1) ? $0 : $1 }
        returns.formUnion(other.returns)
        caps.formUnion(other.caps)
        workspaces.formUnion(other.workspaces)
        corrections.merge(other.corrections, uniquingKeysWith: +)
        runs.merge(other.runs) { ($0.count + $1.count, $0.total + $1.total) }
        raised += other.raised
        booking.merge(other.booking)
    }
}

extension SQLJobStore {
    /// Writes transitions of locked jobs: a few statements, however many there are.
    static func apply(
        _ transitions: [JobTransition], on connection: any SQLConnection
    ) throws(StorageError) -> Aftermath {
        guard !transitions.isEmpty else { return Aftermath() }
        var aftermath = Aftermath()
        var events: [(job: JobID, position: Int64, epoch: Int64, entry: JobJournal.Entry)] = []
        var ended: [(transition: JobTransition, position: Int64)] = []
        var moved: [(transition: JobTransition, position: Int64)] = []
        for transition in transitions {
            let job = transition.job
            let next = transition.lifecycle
            let entries = transition.entries.isEmpty ? [.state(next.state)] : transition.entries
            for (offset, entry) in entries.enumerated() {
                events.append((job.id, job.position + 1 + Int64(offset), next.epoch, entry))
            }
            let position = job.position + Int64(entries.count)
            if next.state.isTerminal {
                ended.append((transition, position))
            } else {
                moved.append((transition, position))
            }
            note(transition, in: &aftermath)
            connection.announce(Key.job(job.id, in: job.lane.workspace))
        }
        try end(ended, on: connection)
        try move(moved, on: connection)
        try JobJournal.append(events, on: connection)
        let capped = transitions.filter { !$0.job.lane.caps.isEmpty }.map(\.job.id)
        if !capped.isEmpty {
            try connection.execute(
                "DELETE FROM cap_slot WHERE job \(connection.dialect.isAmong("$1"))",
                [connection.dialect.list(capped)])
        }
        let released = try releaseDependents(of: ended.map(\.transition.job), on: connection)
        aftermath.merge(try apply(released, on: connection))
        return aftermath
    }

    private static func note(_ transition: JobTransition, in aftermath: inout Aftermath) {
        let job = transition.job
        // Without caps, room in a line comes from a job that leaves it or joins it, not from one that a worker has.
        if transition.lifecycle.state == .parked || job.wasReady { aftermath.lanes.insert(job.lane) }
        if transition.lifecycle.state == .parked { aftermath.returns.insert(job.lane) }
        if job.isCharged {
            aftermath.caps.formUnion(job.lane.capKeys)
            aftermath.workspaces.insert(job.lane.workspace)
        }
        let state = transition.lifecycle.state
        if job.ran != nil || state.isTerminal {
            // A worker that vanished may be noticed late.
            let lasted = min(job.ran ?? .zero, job.allowance ?? job.ran ?? .zero)
            aftermath.booking.ended.append(
                EndedRun(
                    job: job.id, workspace: job.lane.workspace, kind: job.lane.kind, epoch: job.lifecycle.epoch,
                    lasted: lasted, hadAllowance: job.allowance != nil, state: state.isTerminal ? state : nil,
                    failure: transition.failure))
        }
        guard let ran = job.ran, let cost = job.cost else { return }
        aftermath.corrections[job.lane.share, default: 0] += max(ran.microseconds, FairShare.leastCost) - cost
        guard transition.lifecycle.state == .succeeded else { return }
        let runs = aftermath.runs[job.lane.kind] ?? (count: 0, total: 0)
        aftermath.runs[job.lane.kind] = (count: runs.count + 1, total: runs.total + ran.microseconds)
    }

    private static func end(
        _ ended: [(transition: JobTransition, position: Int64)], on connection: any SQLConnection
    ) throws(StorageError) {
        guard !ended.isEmpty else { return }
        let dialect = connection.dialect
        var rows = SQLRows()
        for (transition, position) in ended {
            let next = transition.lifecycle
            rows.append([
                SQLValue(transition.job.id), .text(next.state.rawValue), SQLValue(transition.result),
                try failureText(transition), SQLValue(next.attempt), SQLValue(next.lost), .integer(position),
            ])
        }
        try connection.execute(
            """
            UPDATE job SET
                state = ended.state, result = ended.result,
                failure = CASE WHEN ended.state = 'succeeded' THEN NULL ELSE COALESCE(ended.failure, job.failure) END,
                epoch = l.epoch, attempt = ended.attempt, lost = ended.lost, cancel_requested = l.cancel_requested,
                position = ended.position, stage = l.stage,
                percent = CASE WHEN ended.state = 'succeeded' THEN 100 ELSE l.percent END,
                run_at = l.run_at, started_at = l.started_at, finished_at = now_us()
            FROM \(dialect.rows("$1", as: "ended", [
                ("id", .id), ("state", .text), ("result", .text), ("failure", .text), ("attempt", .integer),
                ("lost", .integer), ("position", .integer),
            ])) JOIN live_job l ON l.job = ended.id
            WHERE job.id = ended.id
            """, [rows.value])
        let ids = dialect.list(ended.map(\.transition.job.id))
        try connection.execute("DELETE FROM live_job WHERE job \(dialect.isAmong("$1"))", [ids])
        let keyed = ended.map(\.transition.job).filter(\.isKeyed).map(\.id)
        if !keyed.isEmpty {
            try connection.execute(
                "UPDATE idempotency SET expires_at = now_us() + $2 WHERE job \(dialect.isAmong("$1"))",
                [dialect.list(keyed), .integer(keyRetention.microseconds)])
        }
    }

    private static func move(
        _ moved: [(transition: JobTransition, position: Int64)], on connection: any SQLConnection
    ) throws(StorageError) {
        guard !moved.isEmpty else { return }
        let dialect = connection.dialect
        var rows = SQLRows()
        var failures = SQLRows()
        var hasFailures = false
        for (transition, position) in moved {
            let next = transition.lifecycle
            rows.append([
                SQLValue(transition.job.id), .text(next.state.rawValue), SQLValue(next.attempt), SQLValue(next.lost),
                .integer(position), next.state == .scheduled ? .integer(transition.delay.microseconds) : .null,
            ])
            if transition.failure != nil {
                hasFailures = true
                failures.append([SQLValue(transition.job.id), try failureText(transition)])
            }
        }
        try connection.execute(
            """
            UPDATE live_job SET
                state = moved.state, attempt = moved.attempt, lost = moved.lost, position = moved.position,
                session = NULL, rank = NULL, tag = NULL, cost = NULL, ready_at = NULL, leased_at = NULL,
                allowance = NULL, operation = NULL, eta_low = NULL, eta_high = NULL,
                run_at = CASE WHEN moved.delay IS NULL THEN run_at ELSE now_us() + moved.delay END
            FROM \(dialect.rows("$1", as: "moved", [
                ("id", .id), ("state", .text), ("attempt", .integer), ("lost", .integer), ("position", .integer),
                ("delay", .integer),
            ]))
            WHERE live_job.job = moved.id
            """, [rows.value])
        guard hasFailures else { return }
        try connection.execute(
            """
            UPDATE job SET failure = moved.failure
            FROM \(dialect.rows("$1", as: "moved", [("id", .id), ("failure", .text)])) WHERE job.id = moved.id
            """, [failures.value])
    }

    private static func failureText(_ transition: JobTransition) throws(StorageError) -> SQLValue {
        guard let failure = transition.failure else { return .null }
        return SQLValue(try JobJournal.encoded(failure))
    }

    /// Frees, or ends, the jobs that waited for these. Index: dependency_needs.
    ///
    /// A dependent is locked before what it still waits for is counted: of two last ones that end together, the second sees
    /// what the first did.
    private static func releaseDependents(
        of ended: [LiveJob], on connection: any SQLConnection
    ) throws(StorageError) -> [JobTransition] {
        let awaited = ended.filter(\.isAwaited)
        guard !awaited.isEmpty else { return [] }
        let dialect = connection.dialect
        let ids = dialect.list(awaited.map(\.id))
        let waiting = try connection.query(
            "SELECT job, needs, on_failure FROM dependency WHERE needs \(dialect.isAmong("$1"))", [ids])
        let failed = Set(awaited.filter { $0.lifecycle.state != .succeeded }.map(\.id))
        var doomed: [JobID: JobID] = [:]
        var dependents: Set<JobID> = []
        for row in waiting {
            let (job, needs): (JobID, JobID) = (try row.id("job"), try row.id("needs"))
            dependents.insert(job)
            if failed.contains(needs), try row.text("on_failure") == DependencyPolicy.cancel.rawValue {
                doomed[job] = needs
            }
        }
        let locked = try LiveJob.lock(dependents, on: connection)
        try connection.execute("DELETE FROM dependency WHERE needs \(dialect.isAmong("$1"))", [ids])
        var held: Set<JobID> = []
        for row in try connection.query(
            "SELECT DISTINCT job FROM dependency WHERE job \(dialect.isAmong("$1"))", [dialect.list(dependents)])
        {
            held.insert(try row.id("job"))
        }
        var transitions: [JobTransition] = []
        // One that was cancelled and replayed meanwhile waits for nothing.
        for var dependent in locked where dependent.lifecycle.state == .blocked {
            let cause = doomed[dependent.id]
            if cause == nil, held.contains(dependent.id) { continue }
            guard case .moved = dependent.lifecycle.handle(cause == nil ? .unblocked : .cancel) else { continue }
            var transition = JobTransition(dependent)
            transition.delay = dependent.untilDue
            if let cause { transition.failure = .needFailed(cause) }
            transitions.append(transition)
        }
        let canceled = dialect.list(doomed.keys)
        if !doomed.isEmpty {
            try connection.execute("DELETE FROM dependency WHERE job \(dialect.isAmong("$1"))", [canceled])
        }
        return transitions
    }
}

extension JobFailure {
    static func needFailed(_ job: JobID) -> JobFailure {
        JobFailure(
            code: "dependency-failed",
            message: "Job \(job), which this one waits for, did not succeed; retry that one first, then this one.",
            retryable: false)
    }
}
