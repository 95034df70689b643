import Foundation
import Model

extension SQLJobStore {
    /// The most jobs that one part of a sweep moves, so that its transaction stays short.
    private static let sweepLimit = 500
    /// How long a job stands ready in a higher band before it moves to the lowest.
    private static let patience: Duration = .seconds(60)

    package func sweep(inTerm term: Int64?) async throws(StorageError) -> SweepReport {
        let work = try await database.read { connection throws(StorageError) in
            try Self.pendingWork(on: connection)
        }
        ledger.learn(limited: work.limited)
        await promoter.promote(PromotionOrder(lanes: work.thin))
        guard work.isDue else { return SweepReport(nextDue: work.nextDue, untilDue: work.untilDue) }
        let report = try await change { connection throws(StorageError) in
            try Self.sweep(inTerm: term, on: connection)
        }
        guard work.fires else { return report }
        // A transaction of its own: the books of what ended above and of what is submitted here are locked in one pass each.
        return try await change { connection throws(StorageError) in
            try Self.checkTerm(term, on: connection)
            let aftermath = try Self.fireSchedules(books, on: connection)
            return (try Self.completed(report, on: connection), aftermath)
        }
    }

    /// When a job or a schedule is due next. Indexes: live_due, schedule_due.
    private static let nextDue = """
        (SELECT MIN(at) FROM (
            SELECT MIN(run_at) AS at FROM live_job WHERE state = 'scheduled'
            UNION ALL SELECT MIN(next_at) FROM schedule WHERE is_paused = 0) AS dates)
        """

    private struct Work {
        var isDue = false
        /// A schedule is due.
        var fires = false
        var nextDue: Timestamp?
        var untilDue: Duration?
        var thin: Set<Lane> = []
        var limited: Set<WorkspaceID> = []
    }

    /// One look at what there is to do; an idle store costs a sweep nothing else.
    private static func pendingWork(on connection: any SQLConnection) throws(StorageError) -> Work {
        let row = try connection.row(
            """
            SELECT
                EXISTS (SELECT 1 FROM worker_session WHERE expires_at <= now_us())
                    OR EXISTS (SELECT 1 FROM live_job WHERE state = 'leased' AND session NOT IN
                        (SELECT id FROM worker_session))
                    OR EXISTS (SELECT 1 FROM idempotency WHERE expires_at <= now_us())
                    OR EXISTS (SELECT 1 FROM live_job WHERE expires_at <= now_us() AND state <> 'leased')
                    OR EXISTS (SELECT 1 FROM live_job WHERE state = 'ready' AND rank > 0
                        AND ready_at < now_us() - \(patience.microseconds)) AS due,
                EXISTS (SELECT 1 FROM schedule WHERE is_paused = 0 AND next_at <= now_us()) AS fires,
                EXISTS (SELECT 1 FROM live_job WHERE state = 'parked') AS parked,
                EXISTS (SELECT 1 FROM workspace_limit WHERE slots IS NOT NULL) AS limits,
                \(nextDue) AS next_due, now_us() AS now
            """)
        var work = Work()
        work.nextDue = try row.optionalTime("next_due")
        work.untilDue = try work.nextDue.map { next throws(StorageError) in next - (try row.time("now")) }
        work.isDue = try row.bool("due") || (work.untilDue ?? .seconds(1)) <= .zero
        work.fires = try row.bool("fires")
        if try row.bool("parked") {
            work.thin = try thin(try waitingLanes(on: connection), nil, on: connection)
            let held = try work.thin.isEmpty ? [] : heldWorkspaces(on: connection)
            work.thin = work.thin.filter { !held.contains($0.workspace) }
        }
        if try row.bool("limits") {
            for row in try connection.query("SELECT workspace FROM workspace_limit WHERE slots IS NOT NULL") {
                work.limited.insert(try row.id("workspace"))
            }
        }
        return work
    }

    /// Every lane in which jobs wait, or those of a workspace, found by jumping from one to the next in the index live_parked.
    static func waitingLanes(
        in workspace: WorkspaceID? = nil, on connection: any SQLConnection
    ) throws(StorageError) -> Set<Lane> {
        let next = """
            SELECT workspace, band, kind, caps FROM live_job
            WHERE state = 'parked' AND (workspace, band, kind, caps) > ($1, $2, $3, $4)
            ORDER BY workspace, band, kind, caps LIMIT 1
            """
        var lanes: Set<Lane> = []
        let first = WorkspaceID(uuid: .init(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
        var last = Lane(workspace: workspace ?? first, band: -1, kind: "", caps: "")
        while let row = try connection.query(next, last.values).first {
            last = try Lane(row)
            if let workspace, last.workspace != workspace { break }
            lanes.insert(last)
        }
        return lanes
    }

    private static func checkTerm(_ term: Int64?, on connection: any SQLConnection) throws(StorageError) {
        guard let term else { return }
        let current = try connection.query(
            "SELECT term FROM leader WHERE duty = 'upkeep' AND term = $1 \(connection.dialect.forUpdate)",
            [.integer(term)])
        guard !current.isEmpty else {
            throw StorageError(.fenced, "Another worker has become the leader; this one's term \(term) is over.")
        }
    }

    private static func sweep(
        inTerm term: Int64?, on connection: any SQLConnection
    ) throws(StorageError) -> (SweepReport, Aftermath) {
        try checkTerm(term, on: connection)
        var report = SweepReport()
        let lost = try lapsedLeases(on: connection)
        report.lost = lost.count
        let due = try transitions(
            by: .due, where: "state = 'scheduled' AND run_at <= now_us() ORDER BY run_at", on: connection)
        report.due = due.count
        if !lost.isEmpty || !due.isEmpty { FaultPoint.reach(.sweeping) }
        var aftermath = try apply(lost + due, on: connection)
        let expired = try transitions(
            by: .expire, where: "expires_at <= now_us() AND state <> 'leased' ORDER BY expires_at", on: connection)
        report.expired = expired.count
        aftermath.merge(try apply(expired, on: connection))
        aftermath.raised = try raise(on: connection)
        try connection.execute("DELETE FROM idempotency WHERE expires_at <= now_us()")
        return (try completed(report, on: connection), aftermath)
    }

    /// The report with the time of what comes next.
    private static func completed(
        _ report: SweepReport, on connection: any SQLConnection
    ) throws(StorageError) -> SweepReport {
        var report = report
        let rest = try connection.query(
            "SELECT next_due, next_due - now_us() AS until FROM (SELECT \(nextDue) AS next_due) AS given"
        ).first
        report.nextDue = try rest?.optionalTime("next_due")
        report.untilDue = try rest?.optionalInteger("until").map { .microseconds($0) }
        return report
    }

    // A session that lapsed by the database's clock is deleted, so that it cannot be renewed; a renewal under way is waited
    // for and counts. A lease without a session is over, whatever its process believes: also one that was claimed while its
    // session ended. Index: live_leased.
    private static func lapsedLeases(on connection: any SQLConnection) throws(StorageError) -> [JobTransition] {
        try connection.execute("DELETE FROM worker_session WHERE expires_at <= now_us()")
        let rows = try connection.query(
            """
            SELECT \(LiveJob.columns) FROM live_job
            WHERE state = 'leased'
                AND NOT EXISTS (SELECT 1 FROM worker_session WHERE worker_session.id = live_job.session)
            LIMIT \(sweepLimit) \(connection.dialect.skipLocked)
            """)
        var transitions: [JobTransition] = []
        for var job in try LiveJob.all(rows) {
            if job.isAskedToStop {
                guard case .moved = job.lifecycle.handle(.stop(epoch: job.lifecycle.epoch)) else { continue }
                transitions.append(JobTransition(job))
                continue
            }
            guard case .moved(let next) = job.lifecycle.handle(.loseWorker) else { continue }
            let failure = JobFailure(
                code: "worker-lost",
                message: next == .dead
                    ? "The worker vanished \(job.lifecycle.lost) times while it ran this job; see the worker's log, then retry."
                    : "The worker vanished; the job runs again.",
                retryable: next != .dead)
            var transition = JobTransition(job)
            transition.failure = failure
            transition.entries = [try .failure(failure, then: next)]
            transitions.append(transition)
        }
        return transitions
    }

    /// Moves unleased jobs by one event. Indexes: live_due, live_expiring.
    private static func transitions(
        by event: JobLifecycle.Event, where condition: String, on connection: any SQLConnection
    ) throws(StorageError) -> [JobTransition] {
        let rows = try connection.query(
            """
            SELECT \(LiveJob.columns) FROM live_job WHERE \(condition) LIMIT \(sweepLimit)
            \(connection.dialect.skipLocked)
            """)
        var transitions: [JobTransition] = []
        for var job in try LiveJob.all(rows) {
            guard case .moved = job.lifecycle.handle(event) else { continue }
            transitions.append(JobTransition(job))
        }
        return transitions
    }

    /// Moves jobs that have stood ready for long to the lowest band, next in line there: no band starves. Index: live_ready.
    private static func raise(on connection: any SQLConnection) throws(StorageError) -> [DispatchEntry] {
        let rows = try connection.query(
            """
            UPDATE live_job SET rank = 0, tag = (SELECT time FROM fair_clock WHERE band = 0)
            WHERE job IN (
                SELECT job FROM live_job
                WHERE state = 'ready' AND rank > 0 AND ready_at < now_us() - \(patience.microseconds)
                ORDER BY rank, tag, job LIMIT \(sweepLimit) \(connection.dialect.skipLocked))
            RETURNING job, kind, rank, tag
            """, [])
        return try rows.map(DispatchEntry.init)
    }
}
