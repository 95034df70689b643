extension Migration {
    /// Since when a line waits for its turn under a cap: those of one workspace have the same tag. And the age of results of
    /// steps, which are removed when they are old.
    static let capTurns: Migration = .init(
        number: 15,
        name: "turns under caps, age of steps",
        statements: [
            "ALTER TABLE cap_waiter ADD COLUMN since BIGINT NOT NULL DEFAULT 0",
            "DROP INDEX cap_waiter_next",
            "CREATE INDEX cap_waiter_next ON cap_waiter (key, tag, since)",
            "CREATE INDEX step_result_age ON step_result (created_at)",
        ])
}
