package import Model

extension SQLJobStore: JobReading {
    package func job(_ id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> Job? {
        try await database.read { connection throws(StorageError) in
            try JobRow.jobs(
                try connection.query(
                    "SELECT \(JobRow.columns) FROM \(JobRow.tables) WHERE j.id = $1 AND j.workspace = $2",
                    [SQLValue(id), SQLValue(workspace)])
            ).first
        }
    }

    package func jobs(_ ids: [JobID], in workspace: WorkspaceID) async throws(StorageError) -> [Job] {
        guard !ids.isEmpty else { return [] }
        return try await database.read { connection throws(StorageError) in
            try JobRow.jobs(
                try connection.query(
                    """
                    SELECT \(JobRow.columns) FROM \(JobRow.tables)
                    WHERE j.id \(connection.dialect.isAmong("$1")) AND j.workspace = $2
                    """, [connection.dialect.list(ids), SQLValue(workspace)]))
        }
    }

    // Index: job_list, or job_batch for the jobs of a batch.
    package func jobs(
        matching filter: JobFilter, in workspace: WorkspaceID, before: JobID?, limit: Int
    ) async throws(StorageError) -> [Job] {
        var conditions = ["j.workspace = $1"]
        var values = [SQLValue(workspace)]
        func add(_ condition: (String) -> String, _ value: SQLValue) {
            values.append(value)
            conditions.append(condition("$\(values.count)"))
        }
        if let before { add({ "j.id < \($0)" }, SQLValue(before)) }
        if let kind = filter.kind { add({ "j.kind = \($0)" }, .text(kind)) }
        if let batch = filter.batch { add({ "j.batch = \($0)" }, SQLValue(batch)) }
        if !filter.states.isEmpty {
            // The names come from an enumeration, so they are safe inside the statement.
            let names = filter.states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
            conditions.append("\(JobRow.state) IN (\(names))")
        }
        add({ "LIMIT \($0)" }, SQLValue(limit))
        let limitClause = conditions.removeLast()
        let sql = """
            SELECT \(JobRow.columns) FROM \(JobRow.tables) WHERE \(conditions.joined(separator: " AND "))
            ORDER BY j.id DESC \(limitClause)
            """
        let parameters = values
        return try await database.read { connection throws(StorageError) in
            try JobRow.jobs(try connection.query(sql, parameters))
        }
    }

    package func events(
        of id: JobID, in workspace: WorkspaceID, after position: Int64, type: JobEvent.Kind?, limit: Int
    ) async throws(StorageError) -> [JobEvent] {
        try await database.read { connection throws(StorageError) in
            let rows = try connection.query(
                """
                SELECT position, epoch, type, data, at FROM event
                WHERE job = (SELECT id FROM job WHERE id = $1 AND workspace = $2) AND position > $3
                    \(type == nil ? "" : "AND type = $5")
                ORDER BY position LIMIT $4
                """,
                [SQLValue(id), SQLValue(workspace), .integer(position), SQLValue(limit)]
                    + (type.map { [.text($0.rawValue)] } ?? []))
            var events: [JobEvent] = []
            for row in rows {
                guard let type = JobEvent.Kind(rawValue: try row.text("type")) else { continue }
                events.append(
                    JobEvent(
                        position: try row.integer("position"), epoch: try row.integer("epoch"), type: type,
                        data: try row.json("data"), at: try row.time("at")))
            }
            return events
        }
    }

    package func steps(of id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> [StepRecord] {
        try await database.read { connection throws(StorageError) in
            let rows = try connection.query(
                """
                SELECT name, key, reused, epoch, started_at, finished_at FROM step
                WHERE job = (SELECT id FROM job WHERE id = $1 AND workspace = $2) ORDER BY finished_at, name
                """, [SQLValue(id), SQLValue(workspace)])
            var steps: [StepRecord] = []
            for row in rows {
                steps.append(
                    StepRecord(
                        name: try row.text("name"), key: try row.text("key"), reused: try row.bool("reused"),
                        epoch: try row.integer("epoch"), startedAt: try row.time("started_at"),
                        finishedAt: try row.time("finished_at")))
            }
            return steps
        }
    }

    package func artifacts(of id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> [Artifact] {
        try await database.read { connection throws(StorageError) in
            let rows = try connection.query(
                """
                SELECT name, object, content_type, size, sha256 FROM artifact
                WHERE job = (SELECT id FROM job WHERE id = $1 AND workspace = $2) ORDER BY name
                """, [SQLValue(id), SQLValue(workspace)])
            var artifacts: [Artifact] = []
            for row in rows {
                artifacts.append(
                    Artifact(
                        name: try row.text("name"), object: try row.text("object"),
                        contentType: try row.text("content_type"), size: try row.integer("size"),
                        sha256: try row.text("sha256")))
            }
            return artifacts
        }
    }

    package func batch(_ id: BatchID, in workspace: WorkspaceID) async throws(StorageError) -> Batch? {
        try await database.read { connection throws(StorageError) in
            try Self.batch(id, in: workspace, on: connection)
        }
    }

    static func batch(
        _ id: BatchID, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> Batch? {
        let rows = try connection.query(
            "SELECT kind, size, created_at FROM batch WHERE id = $1 AND workspace = $2",
            [SQLValue(id), SQLValue(workspace)])
        guard let row = rows.first else { return nil }
        var states: [String: Int] = [:]
        for count in try connection.query(
            "SELECT \(JobRow.state) AS state, COUNT(*) AS jobs FROM \(JobRow.tables) WHERE j.batch = $1 GROUP BY 1",
            [SQLValue(id)])
        {
            states[try count.text("state")] = Int(try count.integer("jobs"))
        }
        return Batch(
            id: id, kind: try row.text("kind"), size: Int(try row.integer("size")), states: states,
            createdAt: try row.time("created_at"))
    }

    package func depth() async throws(StorageError) -> [JobDepth] {
        try await database.read { connection throws(StorageError) in
            var depths: [JobDepth] = []
            for row in try connection.query("SELECT kind, state, COUNT(*) AS jobs FROM live_job GROUP BY kind, state") {
                depths.append(
                    JobDepth(
                        kind: try row.text("kind"), state: try JobRow.state(row.text("state")),
                        count: Int(try row.integer("jobs"))))
            }
            return depths
        }
    }

    package func changes(of id: JobID) -> AsyncStream<Void> { database.signals(for: Key.job(id)) }

    package func changes(in workspace: WorkspaceID) -> AsyncStream<Void> {
        database.signals(for: Key.workspace(workspace))
    }

    package func changedJobs(in workspace: WorkspaceID) -> ChangedParts {
        database.changedParts(of: Key.workspace(workspace))
    }
}
