package import Storage

extension Migration {
    /// Which key made a key, so that it ends with that one.
    package static let keyOrigins: Migration = .init(
        number: 16,
        name: "key origins",
        statements: [
            "ALTER TABLE api_keys ADD COLUMN made_by UUID REFERENCES api_keys (id) ON DELETE SET NULL",
            "CREATE INDEX api_keys_made_by ON api_keys (made_by) WHERE made_by IS NOT NULL",
        ])
}
