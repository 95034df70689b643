import Model

/// What a promotion reads beside the lanes themselves.
extension SQLJobStore {
    /// What workspaces get of the workers, and those of which nothing starts now.
    static func limits(
        of workspaces: Set<WorkspaceID>, on connection: any SQLConnection
    ) throws(StorageError) -> (known: [WorkspaceID: WorkspaceLimit], held: Set<WorkspaceID>) {
        var limits: [WorkspaceID: WorkspaceLimit] = [:]
        var held: Set<WorkspaceID> = []
        for row in try connection.query(
            """
            SELECT workspace, weight, slots, CASE WHEN held_until > now_us() THEN 1 ELSE 0 END AS is_held
            FROM workspace_limit WHERE workspace \(connection.dialect.isAmong("$1"))
            """, [connection.dialect.list(workspaces)])
        {
            let workspace: WorkspaceID = try row.id("workspace")
            limits[workspace] = WorkspaceLimit(
                weight: Int(try row.integer("weight")), slots: try row.optionalInteger("slots").map { Int($0) })
            if try row.bool("is_held") { held.insert(workspace) }
        }
        return (limits, held)
    }

    // Index: live_held.
    static func held(in workspace: WorkspaceID, on connection: any SQLConnection) throws(StorageError) -> Int {
        let rows = try connection.query(
            "SELECT COUNT(*) AS jobs FROM live_job WHERE state IN ('ready', 'leased') AND workspace = $1",
            [SQLValue(workspace)])
        return Int(try rows.first?.integer("jobs") ?? 0)
    }

    static func costs(of kinds: Set<String>, on connection: any SQLConnection) throws(StorageError) -> [String:
        Int64]
    {
        var costs: [String: Int64] = [:]
        for row in try connection.query(
            "SELECT kind, mean_us FROM kind_cost WHERE kind \(connection.dialect.isAmong("$1", .text))",
            [connection.dialect.list(kinds)])
        {
            costs[try row.text("kind")] = Int64(try row.optionalDouble("mean_us") ?? 0)
        }
        return costs
    }

    static func clocks(on connection: any SQLConnection) throws(StorageError) -> [Int: Int64] {
        var clocks: [Int: Int64] = [:]
        for row in try connection.query("SELECT band, time FROM fair_clock") {
            clocks[Int(try row.integer("band"))] = try row.integer("time")
        }
        return clocks
    }
}
