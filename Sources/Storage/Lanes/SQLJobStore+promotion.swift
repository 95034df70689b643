import Model

/// Which lines to look at.
struct PromotionOrder: Sendable {
    var lanes: Set<Lane> = []
    /// Caps of which slots came free: the lines that wait for them are looked at as well.
    var caps: Set<String> = []
    /// Workspaces with a limit of their own of which slots came free.
    var workspaces: Set<WorkspaceID> = []

    var isEmpty: Bool { lanes.isEmpty && caps.isEmpty && workspaces.isEmpty }

    mutating func merge(_ other: PromotionOrder) {
        lanes.formUnion(other.lanes)
        caps.formUnion(other.caps)
        workspaces.formUnion(other.workspaces)
    }

    /// The name under which lines wait for room in their workspace.
    static func cap(of workspace: WorkspaceID) -> String { workspace.description }
}

/// What a promotion did.
struct Promotion: Sendable {
    /// Jobs that are ready now, or ready at another place.
    var ready: [DispatchEntry] = []
    /// Jobs that wait again because more urgent ones of their lane came.
    var parked: [DispatchEntry] = []
    /// Lanes that need locks which this transaction did not take.
    var again: Set<Lane> = []
}

extension SQLJobStore {
    /// What a job of a kind costs before one has run, in microseconds.
    private static let unknownCost: Int64 = 1_000_000

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
        var ground = Ground(fronts: fronts)
        ground.room = try lockCaps(order.caps.union(lanes.flatMap(\.capKeys)), on: connection)
        let workspaces = order.workspaces.union(lanes.map(\.workspace))
        let limits = try limits(of: workspaces, on: connection)
        ground.shares = try lockShares(of: lanes, workspaces, limits, on: connection)
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
            ground.room[PromotionOrder.cap(of: workspace)] = slots - (try held(in: workspace, on: connection))
        }
        ground.costs = try costs(of: Set(lanes.map(\.kind)), on: connection)
        ground.clocks = try clocks(on: connection)
        try promote(lanes, waiting.filter { lanes.contains($0) }, ground, &promotion, on: connection)
        if !promotion.ready.isEmpty { FaultPoint.reach(.promoting) }
        if announcing, !promotion.ready.isEmpty { connection.announce(Key.ready) }
        return promotion
    }

    /// What a promotion stands on: counted and locked.
    private struct Ground {
        let fronts: LaneFronts
        /// Slots left of caps, and of workspaces with a limit.
        var room: [String: Int] = [:]
        var shares: [Lane.Share: FairShare] = [:]
        var limited: Set<WorkspaceID> = []
        var costs: [String: Int64] = [:]
        var clocks: [Int: Int64] = [:]

        func keys(_ lane: Lane) -> [String] {
            lane.capKeys + (limited.contains(lane.workspace) ? [PromotionOrder.cap(of: lane.workspace)] : [])
        }
    }

    /// Lanes that wait for the same cap take turns in the order of their tags, a part of its room at a time.
    private static func promote(
        _ lanes: Set<Lane>, _ waiting: [Lane], _ ground: Ground, _ promotion: inout Promotion,
        on connection: any SQLConnection
    ) throws(StorageError) {
        var ground = ground
        var round = waiting + lanes.subtracting(waiting).sorted { $0.share < $1.share }
        while !round.isEmpty {
            let capped = max(round.count { !ground.keys($0).isEmpty }, 1)
            var next: [Lane] = []
            for lane in round {
                let left = ground.keys(lane).map { ground.room[$0] ?? 0 }.min()
                let part = left.map { max(1, $0 / capped) } ?? Lane.window
                let count = try promote(lane, atMost: part, &ground, &promotion, on: connection)
                // It took its whole part: there may be more.
                if left != nil, count == part { next.append(lane) }
            }
            round = next
        }
        guard !promotion.ready.isEmpty else { return }
        try write(ground.shares, on: connection)
    }

    // MARK: One lane

    private static func promote(
        _ lane: Lane, atMost part: Int, _ ground: inout Ground, _ promotion: inout Promotion,
        on connection: any SQLConnection
    ) throws(StorageError) -> Int {
        guard var share = ground.shares[lane.share] else { return 0 }
        let clock = ground.clocks[lane.band] ?? 0
        let keys = ground.keys(lane)
        let left = keys.map { ground.room[$0] ?? 0 }.min() ?? Lane.window
        // Index: live_held.
        let standing = try connection.query(
            """
            SELECT COUNT(*) AS jobs, MIN(priority) AS lowest FROM live_job
            WHERE state IN ('ready', 'leased') AND state = 'ready'
                AND workspace = $1 AND band = $2 AND kind = $3 AND caps = $4
            """, lane.values
        ).first
        let count = Int(try standing?.integer("jobs") ?? 0)
        let lowest = try standing?.optionalInteger("lowest")
        let free = max(min(part, left, Lane.window - count), 0)
        let picked = try waitingJobs(lane, free, above: lowest, ground.fronts, on: connection)
        let urgent = picked.contains { $0.priority > lowest ?? .max }
        let cost = ground.costs[lane.kind] ?? unknownCost
        let tags = picked.prefix(free).map { _ in share.charge(cost, at: clock) }
        ground.shares[lane.share] = share
        var placed = zip(picked, tags).map { (job: $0.id, tag: $1) }
        if urgent {
            placed = try reorder(lane, picked, tags, &promotion, on: connection)
        }
        if !placed.isEmpty {
            try connection.execute(
                """
                UPDATE live_job SET
                    state = 'ready', rank = band, tag = placed.tag, cost = COALESCE(cost, $2),
                    ready_at = COALESCE(ready_at, now_us())
                FROM \(connection.dialect.rows("$1", as: "placed", [("id", .id), ("tag", .integer)]))
                WHERE live_job.job = placed.id
                """, [SQLRows(placed.map { [SQLValue($0.job), .integer($0.tag)] }).value, .integer(cost)])
            promotion.ready += placed.map { .init(job: $0.job, kind: lane.kind, band: lane.band, tag: $0.tag) }
            try takeSlots(placed.map(\.job), lane.capKeys, on: connection)
        }
        for key in keys { ground.room[key, default: 0] -= tags.count }
        try keepWaiting(lane, keys.filter { (ground.room[$0] ?? 0) <= 0 }, of: keys, share.finish, on: connection)
        return tags.count
    }

    /// The first jobs of a lane: as many as have room, or else those that are more urgent than one that stands ready.
    private static func waitingJobs(
        _ lane: Lane, _ free: Int, above lowest: Int64?, _ fronts: LaneFronts, on connection: any SQLConnection
    ) throws(StorageError) -> [(id: JobID, priority: Int64)] {
        guard free > 0 else {
            guard let lowest else { return [] }
            return try waitingJobs(
                lane, "priority > $5", [.integer(lowest)], atMost: Lane.window, on: connection)
        }
        guard connection.dialect.keepsDeadEntries else {
            return try waitingJobs(lane, "priority > $5", [.integer(-1_000_000)], atMost: free, on: connection)
        }
        var jobs: [(id: JobID, priority: Int64)] = []
        if let place = fronts.place(in: lane) {
            jobs = try waitingJobs(
                lane, "priority = $5 AND job > $6", [.integer(place.priority), SQLValue(place.job)], atMost: free,
                on: connection)
        }
        if jobs.count < free {
            jobs = try waitingJobs(lane, "priority > $5", [.integer(-1_000_000)], atMost: free, on: connection)
        }
        if let last = jobs.last { fronts.pass(.init(priority: last.priority, job: last.id), in: lane) }
        return jobs
    }

    /// Index: live_parked.
    private static func waitingJobs(
        _ lane: Lane, _ condition: String, _ values: [SQLValue], atMost limit: Int, on connection: any SQLConnection
    ) throws(StorageError) -> [(id: JobID, priority: Int64)] {
        let rows = try connection.query(
            """
            SELECT job, priority FROM live_job
            WHERE state = 'parked' AND workspace = $1 AND band = $2 AND kind = $3 AND caps = $4 AND \(condition)
                AND NOT EXISTS (
                    SELECT 1 FROM queue_mode WHERE workspace = $1 AND kind = $3 AND mode = 'paused')
            ORDER BY priority DESC, job LIMIT $\(5 + values.count) \(connection.dialect.skipLocked)
            """, lane.values + values + [SQLValue(limit)])
        var jobs: [(id: JobID, priority: Int64)] = []
        for row in rows { jobs.append((try row.id("job"), try row.integer("priority"))) }
        return jobs
    }

    /// Gives the places of a lane, old and new, to the most urgent of those that stand ready and those that come.
    private static func reorder(
        _ lane: Lane, _ coming: [(id: JobID, priority: Int64)], _ tags: [Int64], _ promotion: inout Promotion,
        on connection: any SQLConnection
    ) throws(StorageError) -> [(job: JobID, tag: Int64)] {
        var standing: [(id: JobID, priority: Int64, tag: Int64)] = []
        for row in try connection.query(
            """
            SELECT job, priority, tag FROM live_job
            WHERE state IN ('ready', 'leased') AND state = 'ready'
                AND workspace = $1 AND band = $2 AND kind = $3 AND caps = $4 \(connection.dialect.skipLocked)
            """, lane.values)
        {
            standing.append((try row.id("job"), try row.integer("priority"), try row.integer("tag")))
        }
        let places = (standing.map(\.tag) + tags).sorted()
        let known = Dictionary(uniqueKeysWithValues: standing.map { ($0.id, $0.tag) })
        let order = (standing.map { (id: $0.id, priority: $0.priority) } + coming)
            .sorted { ($1.priority, $0.id) < ($0.priority, $1.id) }
        let displaced = order.dropFirst(places.count).map(\.id).filter { known[$0] != nil }
        if !displaced.isEmpty {
            let list = connection.dialect.list(displaced)
            try connection.execute(
                """
                UPDATE live_job SET state = 'parked', rank = NULL, tag = NULL, cost = NULL, ready_at = NULL
                WHERE job \(connection.dialect.isAmong("$1"))
                """, [list])
            try connection.execute("DELETE FROM cap_slot WHERE job \(connection.dialect.isAmong("$1"))", [list])
            promotion.parked += displaced.map { .init(job: $0, kind: lane.kind, band: lane.band, tag: known[$0] ?? 0) }
        }
        return zip(order, places).filter { known[$0.id] != $1 }.map { (job: $0.id, tag: $1) }
    }

    private static func takeSlots(
        _ jobs: [JobID], _ keys: [String], on connection: any SQLConnection
    ) throws(StorageError) {
        guard !keys.isEmpty else { return }
        var rows = SQLRows()
        for job in jobs { for key in keys { rows.append([.text(key), SQLValue(job)]) } }
        try connection.execute(
            """
            INSERT INTO cap_slot (key, job)
            SELECT key, job FROM \(connection.dialect.rows("$1", as: "slot", [("key", .text), ("job", .id)]))
            WHERE 1 = 1 ON CONFLICT (key, job) DO NOTHING
            """, [rows.value])
    }

    // MARK: Waiting for a cap

    /// The lanes that wait for any of these, in the order in which they may go on. Index: cap_waiter_next.
    private static func waiters(for caps: Set<String>, on connection: any SQLConnection) throws(StorageError) -> [Lane]
    {
        var found: [(lane: Lane, tag: Int64)] = []
        for key in caps.sorted() {
            for row in try connection.query(
                """
                SELECT tag, workspace, band, kind, caps FROM cap_waiter WHERE key = $1 ORDER BY tag, workspace
                LIMIT \(Lane.window)
                """, [.text(key)])
            {
                found.append((try Lane(row), try row.integer("tag")))
            }
        }
        var seen: Set<Lane> = []
        return found.sorted { ($0.lane.band, $0.tag) < ($1.lane.band, $1.tag) }.map(\.lane)
            .filter { seen.insert($0).inserted }
    }

    /// Writes down for which caps a lane waits; nothing when it has no jobs left.
    private static func keepWaiting(
        _ lane: Lane, _ full: [String], of keys: [String], _ tag: Int64, on connection: any SQLConnection
    ) throws(StorageError) {
        guard !keys.isEmpty else { return }
        try connection.execute(
            """
            DELETE FROM cap_waiter
            WHERE workspace = $1 AND band = $2 AND kind = $3 AND caps = $4
                AND key \(connection.dialect.isAmong("$5", .text))
            """, lane.values + [connection.dialect.list(keys)])
        for key in full {
            try connection.execute(
                """
                INSERT INTO cap_waiter (key, tag, workspace, band, kind, caps)
                SELECT $5, $6, $1, $2, $3, $4
                WHERE EXISTS (
                    SELECT 1 FROM live_job
                    WHERE state = 'parked' AND workspace = $1 AND band = $2 AND kind = $3 AND caps = $4)
                """, lane.values + [.text(key), .integer(tag)])
        }
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
        of lanes: Set<Lane>, _ workspaces: Set<WorkspaceID>, _ limits: [WorkspaceID: WorkspaceLimit],
        on connection: any SQLConnection
    ) throws(StorageError) -> [Lane.Share: FairShare] {
        var shares = try locked(workspaces, limits, on: connection)
        let missing = Set(lanes.map(\.share)).subtracting(shares.keys)
        guard !missing.isEmpty else { return shares }
        try connection.execute(
            "INSERT INTO fair_share (workspace, band, finish) VALUES ($1, $2, 0) ON CONFLICT (workspace, band) DO NOTHING",
            batch: missing.sorted().map { [SQLValue($0.workspace), SQLValue($0.band)] })
        shares = try locked(workspaces, limits, on: connection)
        return shares
    }

    private static func locked(
        _ workspaces: Set<WorkspaceID>, _ limits: [WorkspaceID: WorkspaceLimit], on connection: any SQLConnection
    ) throws(StorageError) -> [Lane.Share: FairShare] {
        var shares: [Lane.Share: FairShare] = [:]
        for row in try connection.query(
            """
            SELECT workspace, band, finish FROM fair_share
            WHERE workspace \(connection.dialect.isAmong("$1")) ORDER BY workspace, band \(connection.dialect.forUpdate)
            """, [connection.dialect.list(workspaces)])
        {
            let share = Lane.Share(workspace: try row.id("workspace"), band: Int(try row.integer("band")))
            let weight = limits[share.workspace]?.weight ?? 1
            shares[share] = FairShare(finish: try row.integer("finish"), weight: Int64(weight))
        }
        return shares
    }

    private static func write(
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
