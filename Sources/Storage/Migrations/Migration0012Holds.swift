extension Migration {
    /// Until when nothing of a workspace starts, how long its finished jobs are kept, and how long a run may be.
    static let holds: Migration = .init(
        number: 12,
        name: "holds",
        statements: [
            "ALTER TABLE workspace_limit ADD COLUMN held_until BIGINT",
            "ALTER TABLE workspace_limit ADD COLUMN retention BIGINT",
            // In microseconds; null for a run that only its kind bounds.
            "ALTER TABLE live_job ADD COLUMN allowance BIGINT",
        ])
}
