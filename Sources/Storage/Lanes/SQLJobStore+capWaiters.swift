import Model

/// The lanes that wait for caps, and where in their lines.
extension SQLJobStore {
    /// The lanes that wait for any of these, in the order in which they may go on. Index: cap_waiter_next.
    static func waiters(for caps: Set<String>, on connection: any SQLConnection) throws(StorageError) -> [Lane] {
        var found: [(lane: Lane, tag: Int64, since: Int64)] = []
        let results = try connection.query(
            """
            SELECT tag, since, workspace, band, kind, caps FROM cap_waiter WHERE key = $1 ORDER BY tag, since
            LIMIT \(Lane.window)
            """, batch: caps.sorted().map { [.text($0)] })
        for row in results.joined() {
            found.append((try Lane(row), try row.integer("tag"), try row.integer("since")))
        }
        var seen: Set<Lane> = []
        return found.sorted { ($0.lane.band, $0.tag, $0.since) < ($1.lane.band, $1.tag, $1.since) }.map(\.lane)
            .filter { seen.insert($0).inserted }
    }

    /// Writes down for which caps lanes wait; nothing for a lane that has no jobs left. All lanes of a workspace get the same
    /// tag, and take turns: the one that was served waits anew.
    static func keepWaiting(
        _ lanes: [Lane], _ ground: PromotionGround, on connection: any SQLConnection
    ) throws(StorageError) {
        let dialect = connection.dialect
        let waits = "state = 'parked' AND workspace = $1 AND band = $2 AND kind = $3 AND caps = $4"
        var leaving: [[SQLValue]] = []
        var staying: [[SQLValue]] = []
        var tags: Set<[SQLValue]> = []
        // Who was served comes last, and so after all that begin to wait in the same moment.
        for lane in lanes.filter({ !ground.served.contains($0) }) + lanes.filter({ ground.served.contains($0) }) {
            let keys = ground.keys(lane)
            guard !keys.isEmpty else { continue }
            let full = keys.filter { !ground.held.contains(lane.workspace) && (ground.room[$0] ?? 0) <= 0 }
            let wasServed = ground.served.contains(lane)
            let left = keys.filter { wasServed || !full.contains($0) }
            leaving.append(lane.values + [dialect.list(keys), dialect.list(left)])
            let tag = ground.shares[lane.share]?.finish ?? 0
            staying += full.map { lane.values + [.text($0), .integer(tag), .integer(wasServed ? 1 : 0)] }
            tags.formUnion(full.map { [.text($0), SQLValue(lane.workspace), SQLValue(lane.band), .integer(tag)] })
        }
        try connection.execute(
            """
            DELETE FROM cap_waiter
            WHERE workspace = $1 AND band = $2 AND kind = $3 AND caps = $4 AND key \(dialect.isAmong("$5", .text))
                AND (key \(dialect.isAmong("$6", .text)) OR NOT EXISTS (SELECT 1 FROM live_job WHERE \(waits)))
            """, batch: leaving)
        try connection.execute(
            """
            INSERT INTO cap_waiter (key, tag, since, workspace, band, kind, caps)
            SELECT $5, $6, now_us() + $7, $1, $2, $3, $4 WHERE EXISTS (SELECT 1 FROM live_job WHERE \(waits))
            ON CONFLICT (key, workspace, band, kind, caps) DO NOTHING
            """, batch: staying)
        // Also of those lanes that were not looked at.
        try connection.execute(
            "UPDATE cap_waiter SET tag = $4 WHERE key = $1 AND workspace = $2 AND band = $3 AND tag <> $4",
            batch: Array(tags))
    }
}
