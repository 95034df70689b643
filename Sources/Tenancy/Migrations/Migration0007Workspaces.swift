package import Storage

extension Migration {
    /// Workspaces and everything in them. Keys repeat the workspace, so that the database itself refuses a row of one tenant
    /// that points to a row of another.
    package static let workspaces: Migration = .init(
        number: 7,
        name: "workspaces",
        statements: people + bounds + contents + localWorkspace,
        postgres: auditByMonth,
        sqlite: auditTogether
    )

    private static let people: [String] = [
        """
        CREATE TABLE workspace (
            id UUID NOT NULL PRIMARY KEY,
            slug TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'deleting')),
            state_before TEXT,
            reason TEXT,
            plan TEXT NOT NULL,
            authz_epoch BIGINT NOT NULL DEFAULT 1,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            purge_at BIGINT
        )
        """,
        "CREATE INDEX workspace_purge ON workspace (purge_at) WHERE purge_at IS NOT NULL",
        // A role that is built in has its rights in the program; its row is what memberships point to.
        """
        CREATE TABLE role (
            workspace UUID NOT NULL REFERENCES workspace (id),
            id UUID NOT NULL,
            name TEXT NOT NULL,
            builtin TEXT,
            mask_low BIGINT NOT NULL,
            mask_high BIGINT NOT NULL,
            rank INTEGER NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (workspace, id),
            UNIQUE (workspace, name)
        )
        """,
        """
        CREATE TABLE membership (
            workspace UUID NOT NULL REFERENCES workspace (id),
            member UUID NOT NULL,
            role UUID NOT NULL,
            title TEXT,
            manager UUID,
            joined_at BIGINT NOT NULL,
            PRIMARY KEY (workspace, member),
            FOREIGN KEY (workspace, role) REFERENCES role (workspace, id),
            FOREIGN KEY (workspace, manager) REFERENCES membership (workspace, member)
        )
        """,
        "CREATE INDEX membership_member ON membership (member)",
        "CREATE INDEX membership_role ON membership (workspace, role)",
        "CREATE INDEX membership_manager ON membership (workspace, manager) WHERE manager IS NOT NULL",
        """
        CREATE TABLE invite (
            workspace UUID NOT NULL REFERENCES workspace (id),
            id UUID NOT NULL,
            token_hash TEXT NOT NULL UNIQUE,
            email TEXT,
            role UUID NOT NULL,
            created_by TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            accepted_at BIGINT,
            accepted_by UUID,
            revoked_at BIGINT,
            PRIMARY KEY (workspace, id),
            FOREIGN KEY (workspace, role) REFERENCES role (workspace, id)
        )
        """,
        """
        CREATE UNIQUE INDEX invite_open ON invite (workspace, email)
            WHERE email IS NOT NULL AND accepted_at IS NULL AND revoked_at IS NULL
        """,
        "CREATE INDEX invite_role ON invite (workspace, role)",
    ]

    private static let bounds: [String] = [
        // `cap` is null where the plan sets no bound.
        """
        CREATE TABLE quota_counter (
            workspace UUID NOT NULL REFERENCES workspace (id),
            meter TEXT NOT NULL,
            period TEXT NOT NULL,
            used BIGINT NOT NULL DEFAULT 0 CHECK (used >= 0),
            reserved BIGINT NOT NULL DEFAULT 0 CHECK (reserved >= 0),
            cap BIGINT,
            PRIMARY KEY (workspace, meter, period)
        )
        """,
        """
        CREATE TABLE quota_reservation (
            workspace UUID NOT NULL,
            source TEXT NOT NULL,
            meter TEXT NOT NULL,
            period TEXT NOT NULL,
            amount BIGINT NOT NULL CHECK (amount >= 0),
            state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'released')),
            settled BIGINT,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (workspace, source, meter),
            FOREIGN KEY (workspace, meter, period) REFERENCES quota_counter (workspace, meter, period)
        )
        """,
        "CREATE INDEX quota_reservation_open ON quota_reservation (expires_at) WHERE state = 'open'",
        "CREATE INDEX quota_reservation_over ON quota_reservation (expires_at) WHERE state <> 'open'",
        "CREATE INDEX quota_reservation_counter ON quota_reservation (workspace, meter, period)",
        """
        CREATE TABLE usage_event (
            workspace UUID NOT NULL REFERENCES workspace (id),
            source TEXT NOT NULL,
            event TEXT NOT NULL,
            meter TEXT NOT NULL,
            quantity BIGINT NOT NULL CHECK (quantity >= 0),
            occurred_at BIGINT NOT NULL,
            recorded_at BIGINT NOT NULL,
            payload_hash TEXT NOT NULL,
            PRIMARY KEY (workspace, source, event)
        )
        """,
        // Periods are days (`2026-03-01`) and months (`2026-03`), in UTC.
        """
        CREATE TABLE usage_total (
            workspace UUID NOT NULL REFERENCES workspace (id),
            meter TEXT NOT NULL,
            period TEXT NOT NULL,
            quantity BIGINT NOT NULL,
            events BIGINT NOT NULL,
            PRIMARY KEY (workspace, meter, period)
        )
        """,
        // The row of a workspace is locked for each entry, and so its entries are one chain.
        """
        CREATE TABLE audit_head (
            workspace UUID NOT NULL PRIMARY KEY,
            seq BIGINT NOT NULL,
            hash TEXT NOT NULL
        )
        """,
    ]

    private static let contents: [String] = [
        // What was removed stays for a while as an empty row, so that versions of a name never go back.
        """
        CREATE TABLE document (
            workspace UUID NOT NULL REFERENCES workspace (id),
            name TEXT NOT NULL,
            version BIGINT NOT NULL,
            content TEXT NOT NULL,
            is_removed INTEGER NOT NULL DEFAULT 0,
            updated_by TEXT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (workspace, name)
        )
        """,
        """
        CREATE TABLE project (
            workspace UUID NOT NULL REFERENCES workspace (id),
            id UUID NOT NULL,
            name TEXT NOT NULL,
            description TEXT NOT NULL,
            created_by TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (workspace, id),
            UNIQUE (workspace, name)
        )
        """,
        // `due_at` is the earliest of its deliveries; who sends them holds the webhook until `claimed_until`, under the number
        // `claim`, so that a slow receiver holds up nobody else's.
        """
        CREATE TABLE webhook (
            workspace UUID NOT NULL REFERENCES workspace (id),
            id UUID NOT NULL,
            url TEXT NOT NULL,
            events TEXT NOT NULL,
            secret TEXT NOT NULL,
            previous_secret TEXT,
            previous_until BIGINT,
            is_enabled INTEGER NOT NULL DEFAULT 1,
            problem TEXT,
            due_at BIGINT,
            claim BIGINT NOT NULL DEFAULT 0,
            claimed_until BIGINT NOT NULL DEFAULT 0,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (workspace, id)
        )
        """,
        "CREATE INDEX webhook_due ON webhook (due_at) WHERE due_at IS NOT NULL",
        """
        CREATE TABLE webhook_delivery (
            workspace UUID NOT NULL,
            id UUID NOT NULL,
            webhook UUID NOT NULL,
            message TEXT NOT NULL,
            type TEXT NOT NULL,
            payload TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
            attempt INTEGER NOT NULL DEFAULT 0,
            due_at BIGINT,
            status INTEGER,
            problem TEXT,
            created_at BIGINT NOT NULL,
            finished_at BIGINT,
            PRIMARY KEY (workspace, id),
            FOREIGN KEY (workspace, webhook) REFERENCES webhook (workspace, id) ON DELETE CASCADE
        )
        """,
        "CREATE INDEX webhook_delivery_due ON webhook_delivery (workspace, webhook, due_at) WHERE due_at IS NOT NULL",
        "CREATE INDEX webhook_delivery_finished ON webhook_delivery (finished_at) WHERE finished_at IS NOT NULL",
        "CREATE INDEX webhook_delivery_list ON webhook_delivery (workspace, webhook, id)",
    ]

    // What a server without accounts keeps, and what its first owner takes over.
    private static let localWorkspace: [String] = [
        """
        INSERT INTO workspace (id, slug, name, state, plan, created_at, updated_at)
        VALUES ('00000000-0000-7000-8000-000000000001', 'local', 'Local', 'active', 'enterprise', now_us(), now_us())
        """,
        """
        INSERT INTO role (workspace, id, name, builtin, mask_low, mask_high, rank, created_at, updated_at) VALUES
            ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-0000000000a1', 'owner', 'owner', 0, 0,
                1000, now_us(), now_us()),
            ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-0000000000a2', 'admin', 'admin', 0, 0,
                800, now_us(), now_us()),
            ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-0000000000a3', 'editor', 'editor', 0, 0,
                400, now_us(), now_us()),
            ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-0000000000a4', 'viewer', 'viewer', 0, 0,
                200, now_us(), now_us())
        """,
    ]

    private static let auditColumns = """
        workspace UUID NOT NULL,
        seq BIGINT NOT NULL,
        at BIGINT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        target TEXT,
        outcome TEXT NOT NULL,
        detail TEXT NOT NULL,
        request TEXT,
        address TEXT,
        previous_hash TEXT NOT NULL,
        hash TEXT NOT NULL
        """

    /// One partition for each month, made ahead by `AuditPartitions`; rows of a month that has none go to the default
    /// partition, so an entry is never refused for want of one. The key of a partitioned table has to contain what it is
    /// partitioned by; that a number is given once follows from the lock on `audit_head`.
    private static let auditByMonth: [String] = [
        "CREATE TABLE audit_entry (\(auditColumns), PRIMARY KEY (workspace, seq, at)) PARTITION BY RANGE (at)",
        "CREATE TABLE audit_entry_default PARTITION OF audit_entry DEFAULT",
        "ALTER TABLE audit_head SET (fillfactor = 50)",
        "ALTER TABLE quota_counter SET (fillfactor = 50)",
    ]

    private static let auditTogether: [String] = [
        "CREATE TABLE audit_entry (\(auditColumns), PRIMARY KEY (workspace, seq))"
    ]
}
