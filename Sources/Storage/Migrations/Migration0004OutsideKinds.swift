extension Migration {
    /// Kinds of jobs that workers outside this program run, and the sessions of such workers.
    ///
    /// A row of `outside_worker` belongs to the row of `worker_session` with the same id, and outlives it for a while: whoever
    /// still uses a session that has lapsed is told so.
    static let outsideKinds: Migration = .init(
        number: 4,
        name: "outside kinds",
        statements: [
            """
            CREATE TABLE outside_kind (
                workspace UUID NOT NULL,
                name TEXT NOT NULL,
                summary TEXT NOT NULL,
                band INTEGER NOT NULL,
                max_attempts INTEGER NOT NULL,
                timeout_us BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                PRIMARY KEY (workspace, name)
            )
            """,
            """
            CREATE TABLE outside_worker (
                id UUID NOT NULL PRIMARY KEY,
                workspace UUID NOT NULL,
                name TEXT NOT NULL,
                kinds TEXT NOT NULL,
                lease_us BIGINT NOT NULL,
                opened_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX outside_worker_workspace ON outside_worker (workspace, opened_at)",
        ]
    )
}
