package import Storage

/// The tables of what is measured.
package enum OperationsMigrations {
    /// In order, following those of the tenants.
    package static let all: [Migration] = [.samples]
}

extension Migration {
    /// What nodes measured, who they are, and what they have found out for each other.
    static let samples: Migration = .init(
        number: 9,
        name: "samples",
        statements: [
            // `step` is how many seconds each stretch has: 1, 60 or 3600. A row of seconds holds several of them.
            """
            CREATE TABLE operations_rollup (
                step INTEGER NOT NULL,
                at BIGINT NOT NULL,
                node TEXT NOT NULL,
                stretches TEXT NOT NULL,
                PRIMARY KEY (step, at, node)
            )
            """,
            """
            CREATE TABLE operations_node (
                name TEXT NOT NULL PRIMARY KEY,
                host TEXT NOT NULL,
                process TEXT NOT NULL,
                roles TEXT NOT NULL,
                version TEXT NOT NULL,
                started_at BIGINT NOT NULL,
                seen_at BIGINT NOT NULL
            )
            """,
            // What one node finds out for all: `queue`; and whether somebody looks at the newest seconds: `watch`.
            """
            CREATE TABLE operations_fact (
                name TEXT NOT NULL PRIMARY KEY,
                taken_at BIGINT NOT NULL,
                document TEXT NOT NULL
            )
            """,
            "INSERT INTO operations_fact (name, taken_at, document) VALUES ('queue', 0, ''), ('watch', 0, '')",
        ]
    )
}
