package import Model

/// A workspace on hold has its jobs and gets none of the workers. A promotion reads that with the workspace's limit, so what
/// is on hold costs a claim nothing: none of it stands ready.
extension SQLJobStore {
    /// Until somebody lets the jobs go on.
    package static let forever: Timestamp = .init(microseconds: .max)

    /// Holds a workspace's jobs back in the caller's transaction: after its commit none starts, however many claim and promote
    /// at the same time. Jobs that workers have go on.
    package static func hold(
        _ workspace: WorkspaceID, until end: Timestamp = forever, on connection: any SQLConnection
    ) throws(StorageError) {
        try lockShares(of: workspace, on: connection)
        let ready = try connection.query(
            """
            SELECT job, workspace, band, kind, caps FROM live_job
            WHERE state IN ('ready', 'leased') AND state = 'ready' AND workspace = $1
            ORDER BY job \(connection.dialect.forUpdate)
            """, [SQLValue(workspace)])
        // Who waits for the caps that come free is looked at by the next sweep.
        _ = try park(ready, on: connection)
        try setHold(end, on: workspace, on: connection)
    }

    /// Lets a workspace's jobs start again; the next sweep sees to it, within a second.
    ///
    /// - Parameter moment: ends a hold that lasts less long than this; nil for any.
    package static func letGo(
        _ workspace: WorkspaceID, before moment: Timestamp? = nil, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            """
            UPDATE workspace_limit SET held_until = NULL
            WHERE workspace = $1 AND held_until IS NOT NULL \(moment == nil ? "" : "AND held_until < $2")
            """, [SQLValue(workspace)] + (moment.map { [SQLValue($0)] } ?? []))
    }

    /// Writes a hold that is not shorter than the one there is. Nothing is promoted any more; what stands ready is not touched.
    static func setHold(
        _ end: Timestamp, on workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) {
        try connection.execute(
            """
            INSERT INTO workspace_limit (workspace, weight, held_until) VALUES ($1, 1, $2)
            ON CONFLICT (workspace) DO UPDATE SET held_until = excluded.held_until
            WHERE workspace_limit.held_until IS NULL OR workspace_limit.held_until < excluded.held_until
            """, [SQLValue(workspace), SQLValue(end)])
    }

    /// The workspaces of which nothing starts now.
    static func heldWorkspaces(on connection: any SQLConnection) throws(StorageError) -> Set<WorkspaceID> {
        var held: Set<WorkspaceID> = []
        for row in try connection.query("SELECT workspace FROM workspace_limit WHERE held_until > now_us()") {
            held.insert(try row.id("workspace"))
        }
        return held
    }
}
