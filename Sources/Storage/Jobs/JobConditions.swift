package import Model

/// What stands between a job and a worker, beside its place in line.
package struct JobConditions: Hashable, Sendable {
    /// The caps that it counts against, without the workspace where they are the workspace's own.
    package let caps: [String]
    /// The jobs that it still waits for; empty once it is free.
    package let needs: [JobID]

    package init(caps: [String] = [], needs: [JobID] = []) {
        self.caps = caps
        self.needs = needs
    }
}

extension SQLJobStore {
    package func conditions(
        of id: JobID, in workspace: WorkspaceID
    ) async throws(StorageError) -> JobConditions {
        try await database.read { connection throws(StorageError) in
            let job = try connection.query(
                "SELECT caps FROM job WHERE id = $1 AND workspace = $2", [SQLValue(id), SQLValue(workspace)])
            guard let job = job.first else { return JobConditions() }
            let own = "\(workspace)/"
            let caps = try job.text("caps").split(separator: " ").map {
                String($0.hasPrefix(own) ? $0.dropFirst(own.count) : $0)
            }
            var needs: [JobID] = []
            // Index: the primary key of dependency.
            for row in try connection.query(
                "SELECT needs FROM dependency WHERE job = $1 ORDER BY needs", [SQLValue(id)])
            {
                needs.append(try row.id("needs"))
            }
            return JobConditions(caps: caps, needs: needs)
        }
    }
}
