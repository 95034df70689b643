package import Model

/// How all unfinished jobs stand together, and who works on them.
package struct JobOverview: Hashable, Sendable {
    /// How many jobs are in each state, over all workspaces.
    package var states: [JobState: Int]
    /// How long the oldest job that could run has waited for a worker; nil when none does.
    package var lag: Duration?
    /// Workspaces with jobs that run or could run.
    package var workspaces: [Part]
    /// Worker processes that are alive.
    package var workers: Int

    /// What belongs to one workspace.
    package struct Part: Hashable, Sendable {
        package let workspace: WorkspaceID
        package var running: Int
        package var waiting: Int
        /// Its part against other busy workspaces.
        package var weight: Int

        package init(workspace: WorkspaceID, running: Int = 0, waiting: Int = 0, weight: Int = 1) {
            self.workspace = workspace
            self.running = running
            self.waiting = waiting
            self.weight = weight
        }
    }

    package init(
        states: [JobState: Int] = [:], lag: Duration? = nil, workspaces: [Part] = [], workers: Int = 0
    ) {
        self.states = states
        self.lag = lag
        self.workspaces = workspaces
        self.workers = workers
    }
}

/// What whoever runs the server reads about all workspaces at once.
package protocol JobStatistics: Sendable {
    /// Reads every unfinished job, so it costs more the more there are: callers bound how often they ask.
    func overview() async throws(StorageError) -> JobOverview
}

extension SQLJobStore: JobStatistics {
    package func overview() async throws(StorageError) -> JobOverview {
        try await database.read { connection throws(StorageError) in
            var overview = JobOverview()
            var parts: [WorkspaceID: JobOverview.Part] = [:]
            for row in try connection.query(
                """
                SELECT workspace, state, COUNT(*) AS jobs, now_us() - MIN(run_at) AS waited FROM live_job
                GROUP BY workspace, state
                """)
            {
                let (workspace, state) = (try row.id("workspace") as WorkspaceID, try JobRow.state(row.text("state")))
                let jobs = Int(try row.integer("jobs"))
                overview.states[state, default: 0] += jobs
                switch state {
                case .leased: parts[workspace, default: .init(workspace: workspace)].running += jobs
                case .parked, .ready:
                    parts[workspace, default: .init(workspace: workspace)].waiting += jobs
                    overview.lag = max(overview.lag ?? .zero, .microseconds(try row.integer("waited")))
                default: break
                }
            }
            for row in try connection.query("SELECT workspace, weight FROM workspace_limit") {
                parts[try row.id("workspace")]?.weight = Int(try row.integer("weight"))
            }
            overview.workspaces = parts.values.sorted { $0.workspace < $1.workspace }
            overview.workers = Int(
                try connection.row("SELECT COUNT(*) AS workers FROM worker_session WHERE expires_at > now_us()")
                    .integer("workers"))
            return overview
        }
    }
}
