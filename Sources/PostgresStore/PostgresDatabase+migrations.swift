package import Storage

extension PostgresDatabase {
    package func migrate(_ migrations: [Migration]) async throws(StorageError) -> [Int] {
        try await write { connection throws(StorageError) in
            try Self.lock(connection)
            for statement in Self.foundation { _ = try connection.execute(statement) }
        }
        var ran: [Int] = []
        for migration in migrations.sorted(by: { $0.number < $1.number }) {
            let isNew = try await write { connection throws(StorageError) in
                try Self.lock(connection)
                return try migration.run(migration.statements + migration.postgres, among: migrations, on: connection)
            }
            if isNew { ran.append(migration.number) }
        }
        return ran
    }

    package func appliedMigrations() async throws(StorageError) -> [Int] {
        try await read { connection throws(StorageError) in
            let known = try connection.query("SELECT 1 WHERE to_regclass('schema_migration') IS NOT NULL")
            return known.isEmpty ? [] : try AppliedMigration.all(connection).map(\.number)
        }
    }

    /// Waits until no other process migrates this schema, for as long as that takes: migrations may be slow.
    private static func lock(_ connection: any SQLConnection) throws(StorageError) {
        _ = try connection.execute("SET LOCAL statement_timeout = 0")
        _ = try connection.query(
            "SELECT pg_advisory_xact_lock(hashtextextended('suisha.migrate.' || coalesce(current_schema(), ''), 0))")
    }

    /// What migrations rely on. `clock_timestamp()` moves within a transaction, as SQLite's clock does; the setting moves
    /// it for tests.
    private static let foundation = [
        """
        CREATE TABLE IF NOT EXISTS schema_migration (
            number INTEGER NOT NULL PRIMARY KEY,
            name TEXT NOT NULL,
            checksum TEXT NOT NULL,
            applied_at BIGINT NOT NULL
        )
        """,
        """
        CREATE OR REPLACE FUNCTION now_us() RETURNS BIGINT LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
            SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
                + coalesce(nullif(current_setting('suisha.clock_offset_us', true), '')::bigint, 0)
        $$
        """,
    ]
}
