import Model

extension SQLJobStore {
    /// Has whoever keeps the books set aside what runs may use. A run for which nothing is left goes back to its place without
    /// spending an attempt, and nothing more of its workspace is promoted for as long as the books say.
    ///
    /// - Returns: how long each run may be that has a bound, those that do not begin, and what follows from these.
    static func begin(
        _ runs: [StartedRun], _ books: (any JobLedger)?, on connection: any SQLConnection
    ) throws(StorageError) -> (granted: [JobID: Duration], refused: Set<JobID>, aftermath: Aftermath?) {
        guard let books else { return ([:], [], nil) }
        var granted: [JobID: Duration] = [:]
        var refused: [JobID: String] = [:]
        var holds: [WorkspaceID: Timestamp] = [:]
        let workspaces = Dictionary(uniqueKeysWithValues: runs.map { ($0.job, $0.workspace) })
        for (job, allowance) in try books.begin(runs, on: connection) {
            switch allowance {
            case .upTo(let duration): granted[job] = duration
            case .none(let end, let reason):
                refused[job] = reason
                if let workspace = workspaces[job] { holds[workspace] = end }
            }
        }
        if !granted.isEmpty {
            try connection.execute(
                """
                UPDATE live_job SET allowance = given.allowance
                FROM \(connection.dialect.rows("$1", as: "given", [("id", .id), ("allowance", .integer)]))
                WHERE live_job.job = given.id
                """, [SQLRows(granted.map { [SQLValue($0), .integer($1.microseconds)] }).value])
        }
        guard !refused.isEmpty else { return (granted, [], nil) }
        var transitions: [JobTransition] = []
        for var job in try LiveJob.lock(refused.keys, on: connection) {
            guard case .moved = job.lifecycle.handle(.handBack(epoch: job.lifecycle.epoch)) else { continue }
            var transition = JobTransition(job)
            let line = LogLine(level: .warning, message: refused[job.id] ?? "")
            transition.entries = [try .log(line), .state(transition.lifecycle.state)]
            transitions.append(transition)
        }
        // Nothing ran, so there is nothing for the books; the lanes are on hold; but what was charged for them comes back.
        var aftermath = try apply(transitions, on: connection)
        for (workspace, end) in holds.sorted(by: { $0.key < $1.key }) {
            // What is locked or promoted at this moment is refused when it is claimed.
            let ready = try connection.query(
                """
                SELECT job, workspace, band, kind, caps FROM live_job
                WHERE state IN ('ready', 'leased') AND state = 'ready' AND workspace = $1
                \(connection.dialect.skipLocked)
                """, [SQLValue(workspace)])
            aftermath.merge(try park(ready, on: connection))
            try setHold(end, on: workspace, on: connection)
        }
        return (granted, Set(refused.keys), aftermath)
    }
}
