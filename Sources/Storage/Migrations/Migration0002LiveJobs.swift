extension Migration {
    /// Unfinished jobs move to a narrow table of their own, so that the cost of a claim depends neither on the backlog nor
    /// on what has finished; lanes, fair shares, caps, dependencies and the leadership come with it.
    ///
    /// A job's place while it is unfinished is its row in `live_job`; when it ends, that row goes and `job` gets the outcome.
    static let liveJobs: Migration = .init(
        number: 2,
        name: "live jobs",
        statements: tables + movingOver + indexes,
        postgres: [
            // Rows come and go by the thousand: dead ones are removed soon, and progress updates stay on their page.
            """
            ALTER TABLE live_job SET (
                fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
                autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0)
            """,
            "ALTER TABLE fair_clock SET (fillfactor = 20)",
            "ALTER TABLE fair_share SET (fillfactor = 50)",
        ]
    )

    private static let tables: [String] = [
        """
        CREATE TABLE job_permanent (
            id UUID NOT NULL PRIMARY KEY,
            workspace UUID NOT NULL,
            kind TEXT NOT NULL,
            band INTEGER NOT NULL,
            caps TEXT NOT NULL,
            priority INTEGER NOT NULL,
            input TEXT NOT NULL,
            max_attempts INTEGER NOT NULL,
            batch UUID,
            item INTEGER,
            request TEXT,
            trace TEXT,
            created_at BIGINT NOT NULL,
            failure TEXT,
            state TEXT,
            result TEXT,
            epoch BIGINT,
            attempt INTEGER,
            lost INTEGER,
            cancel_requested INTEGER,
            position BIGINT,
            stage TEXT,
            percent DOUBLE PRECISION,
            run_at BIGINT,
            started_at BIGINT,
            finished_at BIGINT
        )
        """,
        """
        CREATE TABLE live_job (
            job UUID NOT NULL PRIMARY KEY,
            workspace UUID NOT NULL,
            band INTEGER NOT NULL,
            kind TEXT NOT NULL,
            caps TEXT NOT NULL,
            priority INTEGER NOT NULL,
            state TEXT NOT NULL,
            epoch BIGINT NOT NULL,
            attempt INTEGER NOT NULL,
            max_attempts INTEGER NOT NULL,
            lost INTEGER NOT NULL,
            position BIGINT NOT NULL,
            rank INTEGER,
            tag BIGINT,
            cost BIGINT,
            session UUID,
            cancel_requested INTEGER NOT NULL DEFAULT 0,
            is_keyed INTEGER NOT NULL DEFAULT 0,
            is_awaited INTEGER NOT NULL DEFAULT 0,
            run_at BIGINT NOT NULL,
            expires_at BIGINT,
            ready_at BIGINT,
            leased_at BIGINT,
            started_at BIGINT,
            stage TEXT,
            percent DOUBLE PRECISION NOT NULL DEFAULT 0,
            operation TEXT,
            eta_low BIGINT,
            eta_high BIGINT
        )
        """,
        // The virtual time of a band, and how far each workspace has used it.
        "CREATE TABLE fair_clock (band INTEGER NOT NULL PRIMARY KEY, time BIGINT NOT NULL)",
        """
        CREATE TABLE fair_share (
            workspace UUID NOT NULL,
            band INTEGER NOT NULL,
            finish BIGINT NOT NULL,
            PRIMARY KEY (workspace, band)
        )
        """,
        "CREATE TABLE kind_cost (kind TEXT NOT NULL PRIMARY KEY, samples BIGINT NOT NULL, mean_us DOUBLE PRECISION NOT NULL)",
        "CREATE TABLE workspace_limit (workspace UUID NOT NULL PRIMARY KEY, weight INTEGER NOT NULL, slots INTEGER)",
        // How many jobs may be ready or leased under a key; which are; which lanes wait for it.
        "CREATE TABLE cap (key TEXT NOT NULL PRIMARY KEY, slots INTEGER NOT NULL)",
        "CREATE TABLE cap_slot (key TEXT NOT NULL, job UUID NOT NULL, PRIMARY KEY (key, job))",
        """
        CREATE TABLE cap_waiter (
            key TEXT NOT NULL,
            tag BIGINT NOT NULL,
            workspace UUID NOT NULL,
            band INTEGER NOT NULL,
            kind TEXT NOT NULL,
            caps TEXT NOT NULL,
            PRIMARY KEY (key, workspace, band, kind, caps)
        )
        """,
        """
        CREATE TABLE queue_mode (
            workspace UUID NOT NULL,
            kind TEXT NOT NULL,
            mode TEXT NOT NULL,
            changed_at BIGINT NOT NULL,
            PRIMARY KEY (workspace, kind)
        )
        """,
        """
        CREATE TABLE dependency (
            job UUID NOT NULL,
            needs UUID NOT NULL,
            on_failure TEXT NOT NULL,
            PRIMARY KEY (job, needs)
        )
        """,
        "CREATE TABLE leader (duty TEXT NOT NULL PRIMARY KEY, session UUID, term BIGINT NOT NULL)",
        "INSERT INTO leader (duty, term) VALUES ('upkeep', 0)",
        "INSERT INTO fair_clock (band, time) VALUES (0, 0), (1, 0)",
    ]

    private static let movingOver: [String] = [
        """
        INSERT INTO job_permanent (id, workspace, kind, band, caps, priority, input, max_attempts, batch, item, request, created_at,
            failure, state, result, epoch, attempt, lost, cancel_requested, position, stage, percent, run_at, started_at,
            finished_at)
        SELECT id, workspace, kind, 1, '', priority, input, max_attempts, batch, item, request, created_at, failure,
            CASE WHEN finished_at IS NOT NULL THEN state END, result, epoch, attempt, lost, cancel_requested, position,
            stage, percent, run_at, started_at, finished_at
        FROM job
        """,
        // A job that was leased to the earlier version has lost its worker; its lease goes on until that is noticed.
        """
        INSERT INTO live_job (job, workspace, band, kind, caps, priority, state, epoch, attempt, max_attempts, lost,
            position, session, cancel_requested, is_keyed, run_at, leased_at, started_at, stage, percent)
        SELECT id, workspace, 1, kind, '', priority, CASE WHEN state = 'ready' THEN 'parked' ELSE state END, epoch,
            attempt, max_attempts, lost, position, session, cancel_requested,
            CASE WHEN EXISTS (SELECT 1 FROM idempotency WHERE idempotency.job = job.id) THEN 1 ELSE 0 END,
            run_at, CASE WHEN state = 'leased' THEN started_at END, started_at, stage, percent
        FROM job WHERE finished_at IS NULL
        """,
        "DROP TABLE job",
        "ALTER TABLE job_permanent RENAME TO job",
    ]

    private static let indexes: [String] = [
        "CREATE INDEX job_list ON job (workspace, id)",
        "CREATE INDEX job_batch ON job (batch, item) WHERE batch IS NOT NULL",
        "CREATE INDEX live_parked ON live_job (workspace, band, kind, caps, priority DESC, job) WHERE state = 'parked'",
        "CREATE INDEX live_ready ON live_job (rank, tag, job) WHERE state = 'ready'",
        "CREATE INDEX live_held ON live_job (workspace, band, kind, caps) WHERE state IN ('ready', 'leased')",
        "CREATE INDEX live_leased ON live_job (session) WHERE state = 'leased'",
        "CREATE INDEX live_due ON live_job (run_at) WHERE state = 'scheduled'",
        "CREATE INDEX live_expiring ON live_job (expires_at) WHERE expires_at IS NOT NULL",
        "CREATE INDEX cap_slot_job ON cap_slot (job)",
        "CREATE INDEX cap_waiter_next ON cap_waiter (key, tag)",
        "CREATE INDEX dependency_needs ON dependency (needs)",
    ]
}
