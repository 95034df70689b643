package import Storage

extension Migration {
    /// Tickets that open one live connection each.
    static let liveTickets: Migration = .init(
        number: 10,
        name: "live tickets",
        statements: [
            // What the ticket stands for is encrypted.
            """
            CREATE TABLE live_ticket (
                hash TEXT NOT NULL PRIMARY KEY,
                content TEXT NOT NULL,
                expires_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX live_ticket_end ON live_ticket (expires_at)",
        ]
    )
}

/// The tables of live updates.
package enum LiveMigrations {
    /// In order, following those of tenants.
    package static let all: [Migration] = [.liveTickets]
}
