extension Migration {
    /// Schedules: jobs that come by the clock.
    static let schedules: Migration = .init(
        number: 3,
        name: "schedules",
        statements: [
            """
            CREATE TABLE schedule (
                id UUID NOT NULL PRIMARY KEY,
                workspace UUID NOT NULL,
                name TEXT NOT NULL,
                kind TEXT NOT NULL,
                input TEXT NOT NULL,
                input_hash TEXT NOT NULL,
                priority INTEGER NOT NULL,
                band INTEGER NOT NULL,
                max_attempts INTEGER NOT NULL,
                cron TEXT NOT NULL,
                time_zone TEXT NOT NULL,
                missed TEXT NOT NULL,
                is_paused INTEGER NOT NULL DEFAULT 0,
                problem TEXT,
                next_at BIGINT,
                last_at BIGINT,
                last_job UUID,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                UNIQUE (workspace, name)
            )
            """,
            "CREATE INDEX schedule_due ON schedule (next_at) WHERE is_paused = 0",
        ]
    )
}
