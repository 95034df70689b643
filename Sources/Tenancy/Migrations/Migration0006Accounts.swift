package import Storage

extension Migration {
    /// People, how they prove who they are, and what they are let in with.
    ///
    /// Whatever opens a door is stored as a digest; what has to be read again (keys, letters, TOTP secrets) is encrypted.
    /// Times are microseconds by the database's clock. The newest `auth_epoch` of a user ends every session of an older one.
    package static let accounts: Migration = .init(
        number: 6,
        name: "accounts",
        statements: people + sessions + keys + [
            // Letters that wait to be sent, encrypted, because they carry links that open doors.
            """
            CREATE TABLE mail_queue (
                id UUID NOT NULL PRIMARY KEY,
                letter TEXT NOT NULL,
                attempts INTEGER NOT NULL DEFAULT 0,
                next_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                created_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX mail_queue_due ON mail_queue (next_at)",
        ]
    )

    private static let people: [String] = [
        """
        CREATE TABLE users (
            id UUID NOT NULL PRIMARY KEY,
            email TEXT NOT NULL,
            email_norm TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            language TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('active', 'disabled', 'deleted')),
            is_operator INTEGER NOT NULL DEFAULT 0,
            auth_epoch BIGINT NOT NULL DEFAULT 1,
            verified_at BIGINT,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL
        )
        """,
        // Passwords, TOTP secrets and recovery codes. `counter` is the last TOTP step that was used, `failures` counts wrong
        // codes in a row.
        """
        CREATE TABLE credentials (
            user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN ('password', 'totp', 'recovery')),
            id UUID NOT NULL,
            secret TEXT NOT NULL,
            counter BIGINT NOT NULL DEFAULT 0,
            failures INTEGER NOT NULL DEFAULT 0,
            blocked_until BIGINT NOT NULL DEFAULT 0,
            confirmed_at BIGINT,
            used_at BIGINT,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (user_id, kind, id)
        )
        """,
        "CREATE UNIQUE INDEX credentials_single ON credentials (user_id, kind) WHERE kind <> 'recovery'",
        """
        CREATE TABLE identities (
            provider TEXT NOT NULL,
            subject TEXT NOT NULL,
            user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            email TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (provider, subject)
        )
        """,
        "CREATE INDEX identities_user ON identities (user_id)",
        // Links in letters, second steps and sign-ins under way at a provider: each works once.
        """
        CREATE TABLE one_time_tokens (
            token_hash TEXT NOT NULL PRIMARY KEY,
            purpose TEXT NOT NULL,
            user_id UUID REFERENCES users (id) ON DELETE CASCADE,
            content TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            used_at BIGINT,
            expires_at BIGINT NOT NULL,
            created_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX one_time_tokens_user ON one_time_tokens (user_id, purpose)",
        "CREATE INDEX one_time_tokens_expiry ON one_time_tokens (expires_at)",
    ]

    private static let sessions: [String] = [
        """
        CREATE TABLE sessions (
            id UUID NOT NULL PRIMARY KEY,
            token_hash TEXT NOT NULL UNIQUE,
            user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            auth_epoch BIGINT NOT NULL,
            method TEXT NOT NULL,
            client TEXT NOT NULL,
            address TEXT NOT NULL,
            refresh_counter BIGINT NOT NULL DEFAULT 0,
            auth_at BIGINT NOT NULL,
            last_seen_at BIGINT NOT NULL,
            idle_us BIGINT NOT NULL,
            idle_expires_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            revoked_at BIGINT,
            created_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX sessions_user ON sessions (user_id, created_at)",
        "CREATE INDEX sessions_expiry ON sessions (expires_at)",
        // One row per refresh token; those of one session are a family. `salt` makes the same child again.
        """
        CREATE TABLE refresh_tokens (
            token_hash TEXT NOT NULL PRIMARY KEY,
            session_id UUID NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            number BIGINT NOT NULL,
            salt TEXT,
            used_at BIGINT,
            expires_at BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (session_id, number)
        )
        """,
    ]

    private static let keys: [String] = [
        """
        CREATE TABLE signing_keys (
            kid TEXT NOT NULL PRIMARY KEY,
            algorithm TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('next', 'active', 'retiring')),
            public_key TEXT NOT NULL,
            private_key TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            activated_at BIGINT,
            retires_at BIGINT
        )
        """,
        "CREATE UNIQUE INDEX signing_keys_single ON signing_keys (state) WHERE state IN ('next', 'active')",
        """
        CREATE TABLE service_accounts (
            workspace UUID NOT NULL,
            id UUID NOT NULL,
            name TEXT NOT NULL,
            created_by UUID REFERENCES users (id) ON DELETE SET NULL,
            disabled_at BIGINT,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (workspace, id),
            UNIQUE (workspace, name)
        )
        """,
        // A key is a person's or a service account's, and always of one workspace.
        """
        CREATE TABLE api_keys (
            id UUID NOT NULL PRIMARY KEY,
            prefix TEXT NOT NULL UNIQUE,
            secret_hash TEXT NOT NULL,
            workspace UUID NOT NULL,
            user_id UUID REFERENCES users (id) ON DELETE CASCADE,
            service_account UUID,
            name TEXT NOT NULL,
            mask_low BIGINT NOT NULL,
            mask_high BIGINT NOT NULL,
            last_used_at BIGINT,
            expires_at BIGINT,
            revoked_at BIGINT,
            created_at BIGINT NOT NULL,
            FOREIGN KEY (workspace, service_account) REFERENCES service_accounts (workspace, id) ON DELETE CASCADE,
            CHECK ((user_id IS NULL) <> (service_account IS NULL))
        )
        """,
        "CREATE INDEX api_keys_workspace ON api_keys (workspace, created_at)",
        "CREATE INDEX api_keys_user ON api_keys (user_id)",
    ]
}
