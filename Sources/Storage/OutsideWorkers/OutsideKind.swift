package import Model

/// A kind of job that workers outside this program run.
package struct OutsideKind: Hashable, Sendable {
    /// The most kinds of one workspace.
    package static let maximumKinds: Int = 1_000
    /// The longest time that an attempt may be given.
    package static let longestTimeout: Duration = .seconds(7 * 86_400)

    /// Unique within the workspace.
    package let name: String
    /// One line for lists.
    package let summary: String
    package let band: Band
    package let maxAttempts: Int
    /// A job that runs longer is asked to stop, and then counts as failed.
    package let timeout: Duration

    package init(name: String, summary: String, band: Band, maxAttempts: Int, timeout: Duration) {
        self.name = name
        self.summary = summary
        self.band = band
        self.maxAttempts = maxAttempts
        self.timeout = timeout
    }
}

extension OutsideKind {
    /// How long runs of such kinds may be; nothing of those whose kind is not one of them. Index: the primary key.
    package static func timeouts(
        of runs: [StartedRun], on connection: any SQLConnection
    ) throws(StorageError) -> [JobID: Duration] {
        let dialect = connection.dialect
        var timeouts: [JobID: Duration] = [:]
        for row in try connection.query(
            """
            SELECT run.job AS job, k.timeout_us AS timeout
            FROM \(dialect.rows("$1", as: "run", [("job", .id), ("workspace", .id), ("kind", .text)]))
            JOIN outside_kind k ON k.workspace = run.workspace AND k.name = run.kind
            """, [SQLRows(runs.map { [SQLValue($0.job), SQLValue($0.workspace), .text($0.kind)] }).value])
        {
            timeouts[try row.id("job")] = .microseconds(try row.integer("timeout"))
        }
        return timeouts
    }
}
