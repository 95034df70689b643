extension Migration {
    /// Jobs and everything that hangs on them.
    ///
    /// Column types are PostgreSQL's; SQLite takes them by affinity. Times are microseconds since 1970 UTC. `now_us()` is
    /// provided by the drivers: by a function of the connection on SQLite, by `suisha_now` below on PostgreSQL.
    static let jobs: Migration = .init(
        number: 1,
        name: "jobs",
        statements: [
            """
            CREATE TABLE job (
                id UUID NOT NULL PRIMARY KEY,
                workspace UUID NOT NULL,
                kind TEXT NOT NULL,
                state TEXT NOT NULL,
                priority INTEGER NOT NULL DEFAULT 0,
                input TEXT NOT NULL,
                result TEXT,
                failure TEXT,
                epoch BIGINT NOT NULL DEFAULT 0,
                attempt INTEGER NOT NULL DEFAULT 0,
                max_attempts INTEGER NOT NULL,
                lost INTEGER NOT NULL DEFAULT 0,
                session UUID,
                cancel_requested INTEGER NOT NULL DEFAULT 0,
                batch UUID,
                item INTEGER,
                request TEXT,
                position BIGINT NOT NULL DEFAULT 0,
                stage TEXT,
                percent DOUBLE PRECISION NOT NULL DEFAULT 0,
                operation TEXT,
                eta_low BIGINT,
                eta_high BIGINT,
                created_at BIGINT NOT NULL,
                run_at BIGINT NOT NULL,
                ready_at BIGINT,
                started_at BIGINT,
                finished_at BIGINT
            )
            """,
            "CREATE INDEX job_ready ON job (priority DESC, ready_at, id) WHERE state = 'ready'",
            "CREATE INDEX job_due ON job (run_at) WHERE state = 'scheduled'",
            "CREATE INDEX job_parked ON job (priority DESC, id) WHERE state = 'parked'",
            "CREATE INDEX job_leased ON job (session) WHERE state = 'leased'",
            "CREATE INDEX job_list ON job (workspace, id)",
            "CREATE INDEX job_batch ON job (batch, item) WHERE batch IS NOT NULL",
            """
            CREATE TABLE worker_session (
                id UUID NOT NULL PRIMARY KEY,
                host TEXT NOT NULL,
                process TEXT NOT NULL,
                expires_at BIGINT NOT NULL
            )
            """,
            """
            CREATE TABLE idempotency (
                workspace UUID NOT NULL,
                kind TEXT NOT NULL,
                key TEXT NOT NULL,
                input_hash TEXT NOT NULL,
                job UUID,
                batch UUID,
                expires_at BIGINT,
                PRIMARY KEY (workspace, kind, key)
            )
            """,
            "CREATE INDEX idempotency_expiry ON idempotency (expires_at) WHERE expires_at IS NOT NULL",
            "CREATE INDEX idempotency_job ON idempotency (job)",
            """
            CREATE TABLE batch (
                id UUID NOT NULL PRIMARY KEY,
                workspace UUID NOT NULL,
                kind TEXT NOT NULL,
                size INTEGER NOT NULL,
                created_at BIGINT NOT NULL
            )
            """,
            """
            CREATE TABLE event (
                job UUID NOT NULL,
                position BIGINT NOT NULL,
                epoch BIGINT NOT NULL,
                type TEXT NOT NULL,
                data TEXT NOT NULL,
                at BIGINT NOT NULL,
                PRIMARY KEY (job, position)
            )
            """,
            """
            CREATE TABLE step (
                job UUID NOT NULL,
                name TEXT NOT NULL,
                key TEXT NOT NULL,
                reused INTEGER NOT NULL,
                epoch BIGINT NOT NULL,
                started_at BIGINT NOT NULL,
                finished_at BIGINT NOT NULL,
                PRIMARY KEY (job, name)
            )
            """,
            """
            CREATE TABLE step_result (
                workspace UUID NOT NULL,
                key TEXT NOT NULL,
                result TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                PRIMARY KEY (workspace, key)
            )
            """,
            """
            CREATE TABLE artifact (
                job UUID NOT NULL,
                name TEXT NOT NULL,
                object TEXT NOT NULL,
                content_type TEXT NOT NULL,
                size BIGINT NOT NULL,
                sha256 TEXT NOT NULL,
                epoch BIGINT NOT NULL,
                created_at BIGINT NOT NULL,
                PRIMARY KEY (job, name)
            )
            """,
            """
            CREATE TABLE stage_rate (
                key TEXT NOT NULL PRIMARY KEY,
                samples BIGINT NOT NULL,
                seconds_per_unit DOUBLE PRECISION NOT NULL
            )
            """,
        ]
    )
}
