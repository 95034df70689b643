package import Model
package import Storage

/// What nodes measured, in the database: each second for an hour, each minute for a week, each hour for a quarter.
///
/// Minutes are made of seconds and hours of minutes, always from everything that is stored, so making one again changes
/// nothing and nobody needs to lead.
package struct RollupStore: Sendable {
    let database: any SQLDatabase

    package init(database: any SQLDatabase) {
        self.database = database
    }

    /// What one node measured in one stretch of time.
    package struct Entry: Hashable, Sendable {
        /// When the stretch began.
        package let at: Timestamp
        package let node: String
        package var rollup: Rollup

        package init(at: Timestamp, node: String, rollup: Rollup) {
            self.at = at
            self.node = node
            self.rollup = rollup
        }
    }

    /// Stores seconds of one node, oldest first, in rows of at most ten.
    ///
    /// A crash of the database's host may forget the newest rows, not more.
    func add(_ samples: [Sample], of node: String) async throws(StorageError) {
        var rows: [[SQLValue]] = []
        var rest = samples[...]
        while let first = rest.first {
            let row = rest.prefix { $0.at < first.at + Resolution.seconds.rowSpan && $0.at >= first.at }
            rest = rest.dropFirst(row.count)
            let newest = row.last?.at
            // Users and shares change slowly and are long: the newest stand for the row.
            let stretches = row.map { sample in
                var rollup = sample.rollup
                if sample.at != newest { (rollup.users, rollup.shares) = (DistinctCount(), []) }
                return StoredRollup(rollup, at: sample.at)
            }
            rows.append(
                [.init(Resolution.seconds.stepSeconds), SQLValue(first.at), .text(node), .text(try stretches.text)])
        }
        try await put(rows)
    }

    /// Stores whole stretches, instead of what is there for them.
    func put(_ entries: [Entry], _ resolution: Resolution) async throws(StorageError) {
        var rows: [[SQLValue]] = []
        for entry in entries {
            let text = try [StoredRollup(entry.rollup)].text
            rows.append([.init(resolution.stepSeconds), SQLValue(entry.at), .text(entry.node), .text(text)])
        }
        try await put(rows)
    }

    private func put(_ rows: [[SQLValue]]) async throws(StorageError) {
        guard !rows.isEmpty else { return }
        try await database.write(.derived) { connection throws(StorageError) in
            _ = try connection.execute(
                """
                INSERT INTO operations_rollup (step, at, node, stretches) VALUES ($1, $2, $3, $4)
                ON CONFLICT (step, at, node) DO UPDATE SET stretches = excluded.stretches
                """, batch: rows)
        }
    }

    /// What was measured from a moment on and before another, in the order of time, then of nodes.
    ///
    /// - Parameters:
    ///   - node: nil for all of them.
    ///   - limit: how many rows are read at most; one more tells the caller that there are more.
    /// - Returns: the entries, and how many rows they stood in.
    func entries(
        _ resolution: Resolution, from: Timestamp, to end: Timestamp, node: String? = nil, limit: Int = .max
    ) async throws(StorageError) -> (entries: [Entry], rows: Int) {
        // Index: the primary key.
        let earliest = resolution == .seconds ? from + (.zero - resolution.rowSpan) : from
        let rows = try await database.read { connection throws(StorageError) in
            try connection.query(
                """
                SELECT at, node, stretches FROM operations_rollup
                WHERE step = $1 AND at >= $2 AND at < $3 \(node == nil ? "" : "AND node = $5")
                ORDER BY step, at, node LIMIT $4
                """,
                [.init(resolution.stepSeconds), SQLValue(earliest), SQLValue(end), .init(limit)]
                    + (node.map { [.text($0)] } ?? []))
        }
        var entries: [Entry] = []
        for row in rows {
            let (at, node) = (try row.time("at"), try row.text("node"))
            let stretches = try [StoredRollup](text: row.text("stretches"))
            let users = stretches.last?.users
            for stretch in stretches {
                var rollup = stretch.rollup
                if let users { rollup.users = users }
                let moment = stretch.at.map { Timestamp(microseconds: $0) } ?? at
                if moment >= from, moment < end { entries.append(Entry(at: moment, node: node, rollup: rollup)) }
            }
        }
        if resolution == .seconds { entries.sort { ($0.at, $0.node) < ($1.at, $1.node) } }
        return (entries, rows.count)
    }

    /// Makes one stretch of a node from the finer ones that are stored; nothing when there are none.
    func condense(_ resolution: Resolution, at: Timestamp, of node: String) async throws(StorageError) {
        guard let finer = resolution.finer else { return }
        let parts = try await entries(finer, from: at, to: at + resolution.step, node: node).entries
        guard var whole = parts.first?.rollup else { return }
        for part in parts.dropFirst() { whole.append(part.rollup) }
        try await put([Entry(at: at, node: node, rollup: whole)], resolution)
    }

    /// Makes the stretches that are over and are not there although finer ones are: those of nodes that are gone.
    ///
    /// - Returns: how many it made; at most `limit`.
    @discardableResult
    func condenseMissing(
        _ resolution: Resolution, from: Timestamp, to end: Timestamp, limit: Int = 200
    ) async throws(StorageError) -> Int {
        guard let finer = resolution.finer else { return 0 }
        let end = end.floor(to: resolution.step)
        let missing = try await database.read { connection throws(StorageError) in
            try connection.query(
                """
                SELECT DISTINCT fine.node AS node, fine.at - fine.at % $2 AS stretch FROM operations_rollup fine
                WHERE fine.step = $1 AND fine.at >= $4 AND fine.at < $5 AND NOT EXISTS (
                    SELECT 1 FROM operations_rollup coarse
                    WHERE coarse.step = $3 AND coarse.at = fine.at - fine.at % $2 AND coarse.node = fine.node)
                ORDER BY 2, 1 LIMIT $6
                """,
                [
                    .init(finer.stepSeconds), .integer(resolution.step.microseconds), .init(resolution.stepSeconds),
                    SQLValue(from), SQLValue(end), .init(limit),
                ])
        }
        for row in missing {
            try await condense(resolution, at: try row.time("stretch"), of: try row.text("node"))
        }
        return missing.count
    }

    /// Forgets what is older than it is to be remembered.
    func removeOld(_ retention: SampleRetention, at now: Timestamp) async throws(StorageError) {
        for resolution in Resolution.allCases {
            let oldest = Timestamp(microseconds: now.microseconds - retention[resolution].microseconds)
            try await database.write(.derived) { connection throws(StorageError) in
                _ = try connection.execute(
                    "DELETE FROM operations_rollup WHERE step = $1 AND at < $2",
                    [.init(resolution.stepSeconds), SQLValue(oldest)])
            }
        }
    }
}
