package import Storage

extension Migration {
    /// Calls of the last minutes, for rate limits without a Redis, and the answers kept for `Idempotency-Key`.
    package static let limits: Migration = .init(
        number: 8,
        name: "limits",
        statements: [
            """
            CREATE TABLE rate_window (
                key TEXT NOT NULL PRIMARY KEY,
                moments TEXT NOT NULL,
                ends_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX rate_window_end ON rate_window (ends_at)",
            // Without an answer the work is under way, until `expires_at` at most. Answers are encrypted.
            """
            CREATE TABLE idempotency_key (
                workspace UUID NOT NULL,
                principal TEXT NOT NULL,
                operation TEXT NOT NULL,
                key TEXT NOT NULL,
                request_hash TEXT NOT NULL,
                holder TEXT NOT NULL,
                answer TEXT,
                expires_at BIGINT NOT NULL,
                PRIMARY KEY (workspace, principal, operation, key)
            )
            """,
            "CREATE INDEX idempotency_key_end ON idempotency_key (expires_at)",
        ]
    )
}
