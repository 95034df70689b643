/// A row of `schema_migration`: a migration that ran on this database.
package struct AppliedMigration: Hashable, Sendable {
    package let number: Int
    package let name: String
    package let checksum: String

    /// Those that ran, in order. The table must be there.
    package static func all(_ connection: any SQLConnection) throws(StorageError) -> [AppliedMigration] {
        var applied: [AppliedMigration] = []
        for row in try connection.query("SELECT number, name, checksum FROM schema_migration ORDER BY number") {
            applied.append(
                .init(
                    number: Int(try row.integer("number")), name: try row.text("name"),
                    checksum: try row.text("checksum")))
        }
        return applied
    }
}

extension Migration {
    /// Runs this migration and notes that it ran, unless it did before. The caller holds the lock that keeps other
    /// processes from migrating.
    ///
    /// - Parameter statements: the common statements and those of the caller's database.
    /// - Returns: whether it ran now.
    /// - Throws: `invalid` when the database ran one that this program does not know, or ran another text of this one.
    package func run(
        _ statements: [String], among known: [Migration], on connection: any SQLConnection
    ) throws(StorageError) -> Bool {
        guard try isMissing(from: AppliedMigration.all(connection), among: known) else { return false }
        for statement in statements {
            do {
                _ = try connection.execute(statement)
            } catch {
                throw StorageError(
                    error.code, "Migration \(number) (\(name)) failed and left nothing behind. \(error.message)",
                    underlying: error.underlying)
            }
        }
        _ = try connection.execute(
            "INSERT INTO schema_migration (number, name, checksum, applied_at) VALUES ($1, $2, $3, now_us())",
            [.init(number), .text(name), .text(checksum)])
        return true
    }

    private func isMissing(from applied: [AppliedMigration], among known: [Migration]) throws(StorageError) -> Bool {
        let newest = known.map(\.number).max() ?? 0
        if let newer = applied.first(where: { $0.number > newest }) {
            throw StorageError(
                .invalid,
                """
                The database is newer than this program: it ran migration \(newer.number) (\(newer.name)), and this \
                program knows only \(newest). Start the newer version, or restore a backup made before the upgrade.
                """)
        }
        guard let earlier = applied.first(where: { $0.number == number }) else { return true }
        guard earlier.checksum == checksum else {
            throw StorageError(
                .invalid,
                """
                Migration \(number) (\(name)) was changed after it ran on this database. Migrations only go forward: \
                undo the change and add a new migration.
                """)
        }
        return false
    }

    /// Changes when a statement changes: FNV-1a of all of them, in hexadecimal.
    private var checksum: String {
        let bytes = (statements + ["postgres"] + postgres + ["sqlite"] + sqlite).joined(separator: ";\n").utf8
        let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
