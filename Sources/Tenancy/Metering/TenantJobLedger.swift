import Endpoints
package import Model
package import Storage

/// Keeps the books of workspaces on their jobs: unfinished jobs and processing time within the plan, usage, webhooks.
package struct TenantJobLedger: JobLedger {
    private let plans: PlanCatalog

    /// The source of its events of usage.
    static let source = "jobs"

    package init(plans: PlanCatalog) {
        self.plans = plans
    }

    package func submitted(_ jobs: [WorkspaceID: Int], on connection: any SQLConnection) throws(StorageError) {
        // In order, so that submissions that share workspaces lock their counters alike.
        for (workspace, count) in jobs.sorted(by: { $0.key < $1.key }) {
            do {
                try refusing {
                    try Self.checkOpen(workspace, on: connection)
                    try connection.checkLeft(of: .processingMilliseconds, in: workspace)
                    try connection.take(Int64(count), of: .concurrentJobs, in: workspace, plans: plans)
                }
            } catch {
                guard let problem = error.underlying as? Problem else { throw error }
                throw StorageError(.limited, problem.detail, underlying: problem)
            }
        }
    }

    package func ended(_ runs: [EndedRun], on connection: any SQLConnection) throws(StorageError) {
        let byWorkspace = Dictionary(grouping: runs, by: \.workspace).sorted { $0.key < $1.key }
        for (workspace, runs) in byWorkspace {
            try refusing { try close(runs, in: workspace, on: connection) }
        }
    }

    /// Refuses jobs of a workspace that is suspended or about to go: also those that its schedules would submit.
    private static func checkOpen(_ workspace: WorkspaceID, on connection: any SQLConnection) throws {
        let state = try connection.query("SELECT state FROM workspace WHERE id = $1", [SQLValue(workspace)]).first?
            .text("state")
        guard state == WorkspaceState.active.rawValue else {
            throw Problem(
                .forbidden,
                "The workspace takes no jobs: it is \(state ?? "gone"). Its owner or the operator can tell why.")
        }
    }

    private func close(_ runs: [EndedRun], in workspace: WorkspaceID, on connection: any SQLConnection) throws {
        // A workspace that has gone has no books, and must not keep those of others from being written.
        guard try !connection.query("SELECT 1 FROM workspace WHERE id = $1", [SQLValue(workspace)]).isEmpty else {
            return
        }
        let now = try connection.row("SELECT now_us() AS now").time("now")
        let finished = runs.filter { $0.state != nil }
        if !finished.isEmpty { try connection.giveBack(Int64(finished.count), of: .concurrentJobs, in: workspace) }
        var used: Int64 = 0
        for run in runs where run.lasted > .zero {
            // Up to the next whole millisecond, so that many short runs are not free.
            let milliseconds = (run.lasted.microseconds + 999) / 1_000
            let event = UsageEvent(
                source: Self.source, id: "\(run.job):\(run.epoch)", meter: Meter.processingMilliseconds.rawValue,
                quantity: milliseconds, occurredAt: now)
            if try connection.record(event, in: workspace) { used += milliseconds }
        }
        if used > 0 { try connection.charge(used, of: .processingMilliseconds, in: workspace, plans: plans) }
        try connection.emit(finished.compactMap { try WebhookEvent($0, at: now) }, in: workspace)
    }
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
