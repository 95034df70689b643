import GRDB
package import Storage

extension SQLiteDatabase {
    package func migrate(_ migrations: [Migration]) async throws(StorageError) -> [Int] {
        try await write { connection throws(StorageError) in
            _ = try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS schema_migration (
                    number INTEGER NOT NULL PRIMARY KEY,
                    name TEXT NOT NULL,
                    checksum TEXT NOT NULL,
                    applied_at INTEGER NOT NULL
                )
                """)
        }
        var ran: [Int] = []
        for migration in migrations.sorted(by: { $0.number < $1.number }) {
            // IMMEDIATE locks the file: of several processes one runs the migration and the others find it done.
            let isNew = try await write { connection throws(StorageError) in
                try migration.run(migration.statements + migration.sqlite, among: migrations, on: connection)
            }
            if isNew { ran.append(migration.number) }
        }
        return ran
    }

    package func appliedMigrations() async throws(StorageError) -> [Int] {
        try await read { connection throws(StorageError) in
            guard try !connection.query("SELECT 1 FROM sqlite_master WHERE name = 'schema_migration'").isEmpty else {
                return []
            }
            return try AppliedMigration.all(connection).map(\.number)
        }
    }
}
