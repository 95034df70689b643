import Model

/// The rows of `stored_object`: which files of workspaces there are, how large, and which are being removed.
///
/// A file may be removed at the very moment in which another job is about to use it again: one that is named by its content,
/// or the recording of an earlier job. So whoever uses one touches its row first; what was touched within the ``grace`` stays, and
/// what is `removing` is not there any more for anybody. The row's lock decides which comes first.
struct ObjectRegister: Sendable {
    let database: any SQLDatabase
    let ledger: (any StorageLedger)?

    /// How long after its last use a file stays that no job shows; longer than any job that makes files runs.
    static let grace: Duration = .seconds(24 * 3_600)
    /// How long a file may take to arrive.
    static let arrival: Duration = .seconds(24 * 3_600)
    /// After this time, a removal was left undone by a process that has gone.
    static let removal: Duration = .seconds(600)
    /// A use is noted again after this time.
    private static let interval: Duration = .seconds(3_600)

    /// Notes that a file is about to arrive.
    ///
    /// - Parameter size: how large it is, where that is known.
    /// - Returns: how many bytes it may have; nil for no bound.
    /// - Throws: `limited` when the workspace has no room; `busy` while the file of that name is being removed.
    func open(_ key: String, size: Int64?, in workspace: WorkspaceID) async throws(StorageError) -> Int64? {
        try await database.write { connection throws(StorageError) in
            let rows = try connection.query(
                """
                INSERT INTO stored_object (object, workspace, state, touched_at) VALUES ($1, $2, 'arriving', now_us())
                ON CONFLICT (object) DO UPDATE SET touched_at = excluded.touched_at
                    WHERE stored_object.state <> 'removing'
                RETURNING state
                """, [.text(key), SQLValue(workspace)])
            guard let row = rows.first else { throw Self.isGoing(key) }
            // The bytes of what is there are counted.
            guard try row.text("state") == "arriving",
                let ledger, let left = try ledger.bytesLeft(in: workspace, on: connection)
            else { return nil }
            guard left > 0, size ?? 0 <= left else { throw try ledger.refusal(of: size, in: workspace, on: connection) }
            return left
        }
    }

    /// Notes that all of a file is there, and counts it, once.
    ///
    /// - Throws: `limited` when the workspace has no room; `busy` when it was removed in the meantime.
    func keep(_ key: String, size: Int64, in workspace: WorkspaceID) async throws(StorageError) {
        try await database.write { connection throws(StorageError) in
            let arrived = try connection.query(
                """
                INSERT INTO stored_object (object, workspace, size, state, touched_at)
                VALUES ($1, $2, $3, 'kept', now_us())
                ON CONFLICT (object) DO UPDATE SET size = excluded.size, state = 'kept', touched_at = excluded.touched_at
                    WHERE stored_object.state = 'arriving'
                RETURNING object
                """, [.text(key), SQLValue(workspace), .integer(size)])
            if !arrived.isEmpty {
                try ledger?.take(size, in: workspace, on: connection)
            } else if try state(of: key, on: connection) == "removing" {
                throw Self.isGoing(key)
            }
        }
    }

    /// Why a file that turned out too large is refused.
    func refusal(in workspace: WorkspaceID) async throws(StorageError) -> StorageError? {
        try await database.read { connection throws(StorageError) in
            try ledger?.refusal(of: nil, in: workspace, on: connection)
        }
    }

    /// Notes that somebody is about to use a file; false while it is being removed. One that nobody noted may be used.
    func touch(_ key: String) async throws(StorageError) -> Bool {
        let known = try await database.read { connection throws(StorageError) -> (isGoing: Bool, isRecent: Bool)? in
            let rows = try connection.query(
                "SELECT state, touched_at > now_us() - $2 AS is_recent FROM stored_object WHERE object = $1",
                [.text(key), .integer(Self.interval.microseconds)])
            return try rows.first.map { row throws(StorageError) in
                (try row.text("state") == "removing", try row.bool("is_recent"))
            }
        }
        guard let known else { return true }
        if known.isGoing || known.isRecent { return !known.isGoing }
        return try await database.write { connection throws(StorageError) in
            try connection.execute(
                "UPDATE stored_object SET touched_at = now_us() WHERE object = $1 AND state <> 'removing'",
                [.text(key)]) == 1
        }
    }

    // MARK: Removal

    /// Decides that a file goes. Its bytes count until ``removed(_:)``.
    ///
    /// - Parameter state: the state that it has to be in; nil for any.
    /// - Returns: whether a row of it was there.
    @discardableResult
    func remove(_ key: String, from state: String? = nil) async throws(StorageError) -> Bool {
        try await database.write { connection throws(StorageError) in
            try connection.execute(
                """
                UPDATE stored_object SET state = 'removing', touched_at = now_us()
                WHERE object = $1 \(state == nil ? "" : "AND state = $2")
                """, [.text(key)] + (state.map { [.text($0)] } ?? [])) == 1
        }
    }

    /// Forgets a file that has not arrived and will not. One that another job stores at the same time is noted again by that.
    func abandon(_ key: String) async throws(StorageError) {
        _ = try await database.write { connection throws(StorageError) in
            try connection.execute("DELETE FROM stored_object WHERE object = $1 AND state = 'arriving'", [.text(key)])
        }
    }

    /// Gives back the bytes of a file that is gone.
    func removed(_ key: String) async throws(StorageError) {
        try await database.write { connection throws(StorageError) in
            let gone = try connection.query(
                "DELETE FROM stored_object WHERE object = $1 AND state = 'removing' RETURNING workspace, size",
                [.text(key)])
            guard let row = gone.first else { return }
            try ledger?.giveBack(try row.integer("size"), in: try row.id("workspace"), on: connection)
        }
    }

    /// A page of the files that nobody used for long.
    struct OldFiles: Sendable {
        /// Those that no job shows or names.
        var unused: [String] = []
        /// Where the next page begins; nil after the last.
        var next: (touchedAt: Int64, object: String)?
    }

    /// Looks for files that no job needs, in the order of their last use, without holding up who writes.
    ///
    /// Indexes: stored_object_kept, artifact_object, upload_use_object.
    func oldFiles(
        after position: (touchedAt: Int64, object: String)?, limit: Int
    ) async throws(StorageError) -> OldFiles {
        try await database.read { connection throws(StorageError) in
            let now = try connection.row("SELECT now_us() AS now").integer("now")
            let rows = try connection.query(
                """
                SELECT object, touched_at, CASE WHEN \(Self.isNeeded) THEN 1 ELSE 0 END AS is_needed FROM stored_object
                WHERE state = 'kept' AND touched_at < $1 AND touched_at >= $2 AND (touched_at > $2 OR object > $3)
                ORDER BY touched_at, object LIMIT $4
                """,
                [
                    .integer(now - Self.grace.microseconds), .integer(position?.touchedAt ?? 0),
                    .text(position?.object ?? ""), SQLValue(limit),
                ])
            var page = OldFiles()
            for row in rows where try !row.bool("is_needed") { page.unused.append(try row.text("object")) }
            if rows.count == limit, let last = rows.last {
                page.next = (try last.integer("touched_at"), try last.text("object"))
            }
            return page
        }
    }

    /// Decides that files go, those that are needed again excepted; and with them, a limited number at a time, those that never
    /// arrived and those whose removal was left undone.
    ///
    /// - Returns: their keys. Index: stored_object_loose.
    func decideRemoval(of unused: [String], limit: Int) async throws(StorageError) -> [String] {
        try await database.write { connection throws(StorageError) in
            let now = try connection.row("SELECT now_us() AS now").integer("now")
            var keys: [String] = []
            for row in try connection.query(
                """
                UPDATE stored_object SET state = 'removing', touched_at = now_us()
                WHERE object \(connection.dialect.isAmong("$1", .text)) AND state = 'kept' AND touched_at < $2
                    AND NOT (\(Self.isNeeded))
                RETURNING object
                """, [connection.dialect.list(unused), .integer(now - Self.grace.microseconds)])
            {
                keys.append(try row.text("object"))
            }
            for row in try connection.query(
                """
                UPDATE stored_object SET state = 'removing', touched_at = now_us() WHERE object IN (
                    SELECT object FROM stored_object
                    WHERE state <> 'kept' AND touched_at < CAST(CASE WHEN state = 'arriving' THEN $1 ELSE $2 END AS BIGINT)
                    ORDER BY touched_at LIMIT $3 \(connection.dialect.skipLocked))
                RETURNING object
                """,
                [
                    .integer(now - Self.arrival.microseconds), .integer(now - Self.removal.microseconds),
                    SQLValue(limit),
                ])
            {
                keys.append(try row.text("object"))
            }
            return keys
        }
    }

    private static let isNeeded = """
        EXISTS (SELECT 1 FROM artifact a WHERE a.object = stored_object.object)
        OR EXISTS (SELECT 1 FROM upload_use u WHERE u.object = stored_object.object)
        """

    private func state(of key: String, on connection: any SQLConnection) throws(StorageError) -> String? {
        try connection.query("SELECT state FROM stored_object WHERE object = $1", [.text(key)]).first?.text("state")
    }

    static func isGoing(_ key: String) -> StorageError {
        StorageError(.busy, "The file \(key) is being removed at this moment; try again in a minute.")
    }
}
