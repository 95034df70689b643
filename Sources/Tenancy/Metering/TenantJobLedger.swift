import Endpoints
package import Model
package import Storage

/// Keeps the books of workspaces on their jobs: unfinished jobs and processing time within the plan, usage, webhooks.
package struct TenantJobLedger: JobLedger {
    private let plans: PlanCatalog
    private let timeouts: [String: Duration]

    /// The source of its events of usage.
    static let source = "jobs"
    /// A run for which less is left does not begin, unless it needs no more.
    static let leastAllowance: Duration = .seconds(60)
    /// How much of what is left a run may have that is longer than the half: so that one job leaves some for the others.
    private static let smallAllowance: Duration = .seconds(15 * 60)
    /// How long a run may be of whose kind nobody says it.
    private static let usualTimeout: Duration = .seconds(4 * 3_600)
    /// How long after its longest end a run's reservation lapses, should nobody end it.
    private static let lapse: Duration = .seconds(86_400)

    /// - Parameter timeouts: how long a run of each kind of this program may be; those of outside workers are in the database.
    package init(plans: PlanCatalog, timeouts: [String: Duration] = [:]) {
        self.plans = plans
        self.timeouts = timeouts
    }

    // MARK: Submissions and ends

    package func book(_ changes: JobBooking, on connection: any SQLConnection) throws(StorageError) {
        let ended = Dictionary(grouping: changes.ended, by: \.workspace)
        for workspace in changes.workspaces {
            let submitted = changes.submitted[workspace] ?? 0
            do {
                try refusing { try book(submitted, ended[workspace] ?? [], in: workspace, on: connection) }
            } catch {
                guard let problem = error.underlying as? Problem else { throw error }
                throw StorageError(.limited, problem.detail, underlying: problem)
            }
        }
    }

    private func book(
        _ submitted: Int, _ ended: [EndedRun], in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws {
        // A workspace that has gone has no books, and must not keep those of others from being written.
        let found = try connection.query("SELECT state FROM workspace WHERE id = $1", [SQLValue(workspace)]).first
        if submitted > 0 { try Self.checkOpen(found?.text("state")) }
        guard found != nil else { return }
        // Before anything is counted: what refuses leaves nothing behind.
        if submitted > 0 { try connection.checkLeft(of: .processingMilliseconds, in: workspace) }
        let finished = ended.filter { $0.state != nil }
        // What is new and has ended takes no room, also where there is none left.
        let more = Int64(submitted - finished.count)
        if more > 0 { try connection.take(more, of: .concurrentJobs, in: workspace, plans: plans) }
        if more < 0 { try connection.giveBack(-more, of: .concurrentJobs, in: workspace) }
        guard !ended.isEmpty else { return }
        let now = try connection.row("SELECT now_us() AS now").time("now")
        var charged: Int64 = 0
        for run in ended where run.lasted > .zero || run.hadAllowance {
            charged += try settle(run, at: now, in: workspace, on: connection)
        }
        if charged > 0 { try connection.charge(charged, of: .processingMilliseconds, in: workspace, plans: plans) }
        if ended.contains(where: \.hadAllowance) { try connection.letJobsGo(in: workspace) }
        try connection.emit(finished.compactMap { try WebhookEvent($0, at: now) }, in: workspace)
    }

    /// Refuses jobs of a workspace that is suspended or about to go: also those that its schedules would submit.
    private static func checkOpen(_ state: String?) throws {
        guard state == WorkspaceState.active.rawValue else {
            throw Problem(
                .forbidden,
                "The workspace takes no jobs: it is \(state ?? "gone"). Its owner or the operator can tell why.")
        }
    }

    /// Counts a run's time once, in the month in which it was set aside.
    ///
    /// - Returns: how much of it was not set aside, and is to be counted in this month.
    private func settle(
        _ run: EndedRun, at now: Timestamp, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws -> Int64 {
        // Up to the next whole millisecond, so that many short runs are not free.
        let used = (run.lasted.microseconds + 999) / 1_000
        let meter = Meter.processingMilliseconds
        let period =
            try run.hadAllowance
            ? connection.settle(used, of: meter, for: Self.reservation(run.job, run.epoch), in: workspace) : nil
        guard used > 0 else { return 0 }
        let event = UsageEvent(
            source: Self.source, id: "\(run.job):\(run.epoch)", meter: meter.rawValue, quantity: used,
            occurredAt: period.map { Month.lastMoment(of: $0, upTo: now) } ?? now)
        return try connection.record(event, in: workspace) && period == nil ? used : 0
    }

    // MARK: Beginnings

    package func begin(
        _ runs: [StartedRun], on connection: any SQLConnection
    ) throws(StorageError) -> [JobID: RunAllowance] {
        try refusing {
            let left = try connection.lockLeft(
                of: .processingMilliseconds, in: Set(runs.map(\.workspace)), plans: plans)
            guard !left.isEmpty else { return [:] }
            let bounded = runs.filter { left[$0.workspace] != nil }
            let timeouts = try timeouts(of: bounded, on: connection)
            var allowances: [JobID: RunAllowance] = [:]
            for (workspace, amount) in left.sorted(by: { $0.key < $1.key }) {
                allowances.merge(
                    try begin(
                        bounded.filter { $0.workspace == workspace }, timeouts, amount, in: workspace, on: connection)
                ) { $1 }
            }
            return allowances
        }
    }

    /// Sets aside as much as each run may take, but no more than is there; so no number of runs uses more than the bound.
    private func begin(
        _ runs: [StartedRun], _ timeouts: [JobID: Duration], _ left: Int64, in workspace: WorkspaceID,
        on connection: any SQLConnection
    ) throws -> [JobID: RunAllowance] {
        var left = left
        var allowances: [JobID: RunAllowance] = [:]
        var amounts: [(source: String, amount: Int64, lifetime: Duration)] = []
        for run in runs {
            let longest = (timeouts[run.job] ?? Self.usualTimeout).microseconds / 1_000
            guard left >= min(longest, Self.leastAllowance.microseconds / 1_000) else { continue }
            let amount = min(longest, max(left / 2, min(left, Self.smallAllowance.microseconds / 1_000)))
            let duration = Duration.milliseconds(amount)
            amounts.append((Self.reservation(run.job, run.epoch), amount, duration + Self.lapse))
            allowances[run.job] = .upTo(duration)
            left -= amount
        }
        try connection.reserveLocked(amounts, of: .processingMilliseconds, in: workspace)
        guard allowances.count < runs.count else { return allowances }
        let now = try connection.row("SELECT now_us() AS now").time("now")
        for run in runs where allowances[run.job] == nil {
            allowances[run.job] = .none(
                until: Month(of: now).next.start,
                reason: """
                    The plan's processing time of this month is used up or set aside for jobs that run. The job starts when \
                    there is some again: when one of those ends sooner, next month, or with a larger plan.
                    """)
        }
        return allowances
    }

    /// How long each run may be.
    private func timeouts(
        of runs: [StartedRun], on connection: any SQLConnection
    ) throws(StorageError) -> [JobID: Duration] {
        var known: [JobID: Duration] = [:]
        var outside: [StartedRun] = []
        for run in runs {
            if let timeout = timeouts[run.kind] { known[run.job] = timeout } else { outside.append(run) }
        }
        guard !outside.isEmpty else { return known }
        return known.merging(try OutsideKind.timeouts(of: outside, on: connection)) { $1 }
    }

    private static func reservation(_ job: JobID, _ epoch: Int64) -> String { "\(source):\(job):\(epoch)" }
}

extension WebhookEvent {
    /// What a job's end tells outside; nil for a run that was not the end.
    fileprivate init?(_ run: EndedRun, at time: Timestamp) throws {
        let type =
            switch run.state {
            case .succeeded: "job.succeeded"
            case .dead: "job.failed"
            case .expired: "job.expired"
            case .canceled: "job.canceled"
            default: ""
            }
        guard !type.isEmpty else { return nil }
        self.init(
            type,
            data: try JSONText(
                encoding: JobData(
                    id: run.job, kind: run.kind, state: run.state?.rawValue ?? "", finishedAt: time,
                    error: run.failure)))
    }

    private struct JobData: Encodable {
        let id: JobID
        let kind: String
        let state: String
        let finishedAt: Timestamp
        let error: JobFailure?

        private enum CodingKeys: String, CodingKey {
            case id, kind, state, error
            case finishedAt = "finished_at"
        }
    }
}
