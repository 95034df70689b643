import Model

extension SQLJobStore {
    /// Moves waiting jobs of lanes to where workers find them, as far as windows and caps allow, and tags each with its fair
    /// start.
    ///
    /// Locks are taken in one order by everybody: caps by name, then workspaces, then jobs. A lane that a full cap holds is
    /// written down as waiting for it while the cap is locked, so whoever frees a slot afterwards finds it. Nothing is lost
    /// when this does not happen: a sweep does it again.
    ///
    /// - Parameter announcing: wakes workers once it is committed.
    static func promote(
        _ order: PromotionOrder, _ fronts: LaneFronts, announcing: Bool, on connection: any SQLConnection
    ) throws(StorageError) -> Promotion {
        var promotion = Promotion()
        let freed = order.caps.union(order.workspaces.map { PromotionOrder.cap(of: $0) })
        // Read twice: now, to know what to lock; under the locks, to know who really waits.
        var lanes = order.lanes.union(try waiters(for: freed, on: connection))
        guard !lanes.isEmpty || !order.caps.isEmpty || !order.workspaces.isEmpty else { return promotion }
        var ground = PromotionGround(fronts: fronts)
        ground.room = try lockCaps(order.caps.union(lanes.flatMap(\.capKeys)), on: connection)
        let workspaces = order.workspaces.union(lanes.map(\.workspace))
        let finishes = try lockShares(of: lanes, workspaces, on: connection)
        // Read under the locks, which whoever changes a limit or holds a workspace back has as well.
        let (limits, held) = try limits(of: workspaces, on: connection)
        ground.held = held
        for (share, finish) in finishes {
            ground.shares[share] = FairShare(finish: finish, weight: Int64(limits[share.workspace]?.weight ?? 1))
        }
        let waiting = try waiters(for: freed, on: connection)
        for lane in waiting where !lanes.contains(lane) {
            if workspaces.contains(lane.workspace), ground.room.keys.contains(allOf: lane.capKeys) {
                lanes.insert(lane)
            } else {
                promotion.again.insert(lane)
            }
        }
        guard !lanes.isEmpty else { return promotion }
        for (workspace, limit) in limits {
            guard let slots = limit.slots else { continue }
            ground.limited.insert(workspace)
            ground.room[PromotionOrder.cap(of: workspace)] = slots - (try Self.held(in: workspace, on: connection))
        }
        ground.costs = try costs(of: Set(lanes.map(\.kind)), on: connection)
        ground.clocks = try clocks(on: connection)
        try promote(lanes, waiting.filter { lanes.contains($0) }, ground, &promotion, on: connection)
        if !promotion.ready.isEmpty { FaultPoint.reach(.promoting) }
        if announcing, !promotion.ready.isEmpty { connection.announce(Key.ready) }
        return promotion
    }

    // MARK: Locks

    /// Locks caps by name and counts what is left of each.
    private static func lockCaps(
        _ keys: Set<String>, on connection: any SQLConnection
    ) throws(StorageError) -> [String: Int] {
        guard !keys.isEmpty else { return [:] }
        let list = connection.dialect.list(keys)
        var room: [String: Int] = [:]
        for row in try connection.query(
            "SELECT key, slots FROM cap WHERE key \(connection.dialect.isAmong("$1", .text)) ORDER BY key "
                + connection.dialect.forUpdate, [list])
        {
            room[try row.text("key")] = Int(try row.integer("slots"))
        }
        guard !room.isEmpty else { return [:] }
        // Counted by a statement of its own, which sees what was committed before the locks were granted.
        for row in try connection.query(
            """
            SELECT key, COUNT(*) AS taken FROM cap_slot WHERE key \(connection.dialect.isAmong("$1", .text)) GROUP BY key
            """, [list])
        {
            room[try row.text("key"), default: 0] -= Int(try row.integer("taken"))
        }
        return room
    }

    /// Locks the accounts of workspaces, and opens those of lanes that have none.
    private static func lockShares(
        of lanes: Set<Lane>, _ workspaces: Set<WorkspaceID>, on connection: any SQLConnection
    ) throws(StorageError) -> [Lane.Share: Int64] {
        let finishes = try locked(workspaces, on: connection)
        let missing = Set(lanes.map(\.share)).subtracting(finishes.keys)
        guard !missing.isEmpty else { return finishes }
        try connection.execute(
            "INSERT INTO fair_share (workspace, band, finish) VALUES ($1, $2, 0) ON CONFLICT (workspace, band) DO NOTHING",
            batch: missing.sorted().map { [SQLValue($0.workspace), SQLValue($0.band)] })
        return try locked(workspaces, on: connection)
    }

    private static func locked(
        _ workspaces: Set<WorkspaceID>, on connection: any SQLConnection
    ) throws(StorageError) -> [Lane.Share: Int64] {
        var finishes: [Lane.Share: Int64] = [:]
        for row in try connection.query(
            """
            SELECT workspace, band, finish FROM fair_share
            WHERE workspace \(connection.dialect.isAmong("$1")) ORDER BY workspace, band \(connection.dialect.forUpdate)
            """, [connection.dialect.list(workspaces)])
        {
            let share = Lane.Share(workspace: try row.id("workspace"), band: Int(try row.integer("band")))
            finishes[share] = try row.integer("finish")
        }
        return finishes
    }

    static func write(
        _ shares: [Lane.Share: FairShare], on connection: any SQLConnection
    ) throws(StorageError) {
        var rows = SQLRows()
        for (share, account) in shares {
            rows.append([SQLValue(share.workspace), SQLValue(share.band), .integer(account.finish)])
        }
        try connection.execute(
            """
            UPDATE fair_share SET finish = used.finish
            FROM \(connection.dialect.rows("$1", as: "used", [
                ("workspace", .id), ("band", .integer), ("finish", .integer),
            ]))
            WHERE fair_share.workspace = used.workspace AND fair_share.band = used.band
            """, [rows.value])
    }
}

extension Dictionary.Keys where Key == String {
    fileprivate func contains(allOf keys: [String]) -> Bool { keys.allSatisfy { contains($0) } }
}
