import Model

/// The rounds of a promotion.
extension SQLJobStore {
    /// What a job of a kind costs before one has run, in microseconds.
    private static let unknownCost: Int64 = 1_000_000

    /// A job that is moved up, and what it is charged.
    private struct Placed {
        let job: JobID
        let tag: Int64
        let lane: Lane
        let cost: Int64
    }

    /// Lanes that wait for the same cap take turns in the order of their tags, a part of its room at a time. Each statement is
    /// run for all lanes in one round trip.
    static func promote(
        _ lanes: Set<Lane>, _ waiting: [Lane], _ ground: PromotionGround, _ promotion: inout Promotion,
        on connection: any SQLConnection
    ) throws(StorageError) {
        var ground = ground
        let all = waiting + lanes.subtracting(waiting).sorted { $0.share < $1.share }
        // A held lane takes no turn from others that wait for the same caps; a sweep after the hold finds it.
        var round = all.filter { !ground.held.contains($0.workspace) }
        ground.standing = try standing(round, on: connection)
        while !round.isEmpty {
            let parts = parts(of: round, ground)
            let picked = try waitingJobs(round, parts, ground, on: connection)
            var placed: [Placed] = []
            var next: [Lane] = []
            for (index, lane) in round.enumerated() {
                let count = try place(
                    picked[index], of: lane, atMost: parts[index], &ground, &placed, &promotion, on: connection)
                // It took its whole part, or got none because others might have needed all: there may be more.
                if count == parts[index], ground.room(for: lane) != nil { next.append(lane) }
            }
            try write(placed, &promotion, on: connection)
            round = next.filter { (ground.room(for: $0) ?? 0) > 0 && (ground.standing[$0]?.count ?? 0) < Lane.window }
        }
        try keepWaiting(all, ground, on: connection)
        guard !promotion.ready.isEmpty else { return }
        try write(ground.shares, on: connection)
    }

    // MARK: One round

    // Index: live_held.
    private static func standing(
        _ lanes: [Lane], on connection: any SQLConnection
    ) throws(StorageError) -> [Lane: PromotionGround.Standing] {
        let results = try connection.query(
            """
            SELECT COUNT(*) AS jobs, MIN(priority) AS lowest FROM live_job
            WHERE state IN ('ready', 'leased') AND state = 'ready'
                AND workspace = $1 AND band = $2 AND kind = $3 AND caps = $4
            """, batch: lanes.map(\.values))
        var standing: [Lane: PromotionGround.Standing] = [:]
        for (lane, rows) in zip(lanes, results) {
            guard let row = rows.first else { continue }
            standing[lane] = PromotionGround.Standing(
                count: Int(try row.integer("jobs")), lowest: try row.optionalInteger("lowest"))
        }
        return standing
    }

    /// How many jobs of each lane may be moved up in a round, so that the lanes before it leave something of what they share.
    private static func parts(of round: [Lane], _ ground: PromotionGround) -> [Int] {
        var sharing: [String: Int] = [:]
        for lane in round { for key in ground.keys(lane) { sharing[key, default: 0] += 1 } }
        var room = ground.room
        return round.map { lane in
            let free = Lane.window - (ground.standing[lane]?.count ?? 0)
            let keys = ground.keys(lane)
            let part = keys.map { key in min(room[key] ?? 0, max(1, (ground.room[key] ?? 0) / (sharing[key] ?? 1))) }
                .min()
            let count = max(min(part ?? free, free), 0)
            for key in keys { room[key, default: 0] -= count }
            return count
        }
    }

    /// Tags jobs of a lane and returns how many.
    private static func place(
        _ picked: [(id: JobID, priority: Int64)], of lane: Lane, atMost part: Int, _ ground: inout PromotionGround,
        _ placed: inout [Placed], _ promotion: inout Promotion, on connection: any SQLConnection
    ) throws(StorageError) -> Int {
        guard !picked.isEmpty, var share = ground.shares[lane.share] else { return 0 }
        var standing = ground.standing[lane] ?? .init(count: 0)
        let urgent = picked.contains { $0.priority > standing.lowest ?? .max }
        let cost = ground.costs[lane.kind] ?? unknownCost
        let coming = picked.prefix(part)
        let tags = coming.map { _ in share.charge(cost, at: ground.clocks[lane.band] ?? 0) }
        ground.shares[lane.share] = share
        let places =
            urgent
            ? try reorder(lane, picked, tags, &promotion, on: connection)
            : zip(coming, tags).map { (job: $0.id, tag: $1) }
        placed += places.map { Placed(job: $0.job, tag: $0.tag, lane: lane, cost: cost) }
        guard !tags.isEmpty else { return 0 }
        ground.served.insert(lane)
        standing.count += tags.count
        standing.lowest = (coming.map(\.priority) + (standing.lowest.map { [$0] } ?? [])).min()
        ground.standing[lane] = standing
        for key in ground.keys(lane) { ground.room[key, default: 0] -= tags.count }
        return tags.count
    }

    private static func write(
        _ placed: [Placed], _ promotion: inout Promotion, on connection: any SQLConnection
    ) throws(StorageError) {
        guard !placed.isEmpty else { return }
        var rows = SQLRows()
        var slots = SQLRows()
        for job in placed {
            rows.append([SQLValue(job.job), .integer(job.tag), .integer(job.cost)])
            for key in job.lane.capKeys { slots.append([.text(key), SQLValue(job.job)]) }
        }
        try connection.execute(
            """
            UPDATE live_job SET
                state = 'ready', rank = band, tag = placed.tag, cost = COALESCE(live_job.cost, placed.cost),
                ready_at = COALESCE(ready_at, now_us())
            FROM \(connection.dialect.rows("$1", as: "placed", [
                ("id", .id), ("tag", .integer), ("cost", .integer),
            ]))
            WHERE live_job.job = placed.id
            """, [rows.value])
        promotion.ready += placed.map { .init(job: $0.job, kind: $0.lane.kind, band: $0.lane.band, tag: $0.tag) }
        guard !slots.isEmpty else { return }
        try connection.execute(
            """
            INSERT INTO cap_slot (key, job)
            SELECT key, job FROM \(connection.dialect.rows("$1", as: "slot", [("key", .text), ("job", .id)]))
            WHERE 1 = 1 ON CONFLICT (key, job) DO NOTHING
            """, [slots.value])
    }

    /// The first jobs of lanes: as many as have room, or else those that are more urgent than one that stands ready.
    private static func waitingJobs(
        _ lanes: [Lane], _ parts: [Int], _ ground: PromotionGround, on connection: any SQLConnection
    ) throws(StorageError) -> [[(id: JobID, priority: Int64)]] {
        var jobs = [[(id: JobID, priority: Int64)]](repeating: [], count: lanes.count)
        if connection.dialect.keepsDeadEntries {
            let places = lanes.indices.compactMap { index in
                parts[index] > 0 ? ground.fronts.place(in: lanes[index]).map { (index: index, place: $0) } : nil
            }
            let behind = try waitingJobs(
                "priority = $5 AND job > $6 ORDER BY priority DESC, job LIMIT $7",
                places.map { index, place in
                    lanes[index].values + [.integer(place.priority), SQLValue(place.job), SQLValue(parts[index])]
                }, on: connection)
            for (place, found) in zip(places, behind) { jobs[place.index] = found }
        }
        let fronts: [(index: Int, above: Int64, limit: Int)] = lanes.indices.compactMap { index in
            if parts[index] > 0 {
                return jobs[index].count < parts[index] ? (index, -1_000_000, parts[index]) : nil
            }
            return ground.standing[lanes[index]]?.lowest.map { (index, $0, Lane.window) }
        }
        let found = try waitingJobs(
            "priority > $5 ORDER BY priority DESC, job LIMIT $6",
            fronts.map { lanes[$0.index].values + [.integer($0.above), SQLValue($0.limit)] }, on: connection)
        for (front, found) in zip(fronts, found) { jobs[front.index] = found }
        if connection.dialect.keepsDeadEntries {
            for (index, lane) in lanes.enumerated() where parts[index] > 0 {
                if let last = jobs[index].last {
                    ground.fronts.pass(.init(priority: last.priority, job: last.id), in: lane)
                }
            }
        }
        return jobs
    }

    /// Index: live_parked.
    private static func waitingJobs(
        _ condition: String, _ batch: [[SQLValue]], on connection: any SQLConnection
    ) throws(StorageError) -> [[(id: JobID, priority: Int64)]] {
        let results = try connection.query(
            """
            SELECT job, priority FROM live_job
            WHERE state = 'parked' AND workspace = $1 AND band = $2 AND kind = $3 AND caps = $4
                AND NOT EXISTS (
                    SELECT 1 FROM queue_mode WHERE workspace = $1 AND kind = $3 AND mode = 'paused')
                AND \(condition) \(connection.dialect.skipLocked)
            """, batch: batch)
        var jobs: [[(id: JobID, priority: Int64)]] = []
        for rows in results {
            var found: [(id: JobID, priority: Int64)] = []
            for row in rows { found.append((try row.id("job"), try row.integer("priority"))) }
            jobs.append(found)
        }
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
}
