import Storage

extension DatabaseBehaviour {
    /// What `migrate` promises.
    static let migrations: [DatabaseBehaviour] = [
        .init("migrations run once, in order, each with what its database needs") { trial in
            try expect(try await trial.database.appliedMigrations() == [], "a new database has migrations")
            try expect(try await trial.database.migrate([second, first]) == [1, 2], "others ran")
            try expect(try await trial.database.migrate([first, second]) == [], "they ran again")
            try expect(try await trial.database.appliedMigrations() == [1, 2], "others are noted")
            let names = try await trial.rows("SELECT body FROM note").map { try $0.text("body") }
            try expect(names == [trial.driver.rawValue], "the database's own statements were \(names)")
        },
        .init("this program's own migrations run, and running them again changes nothing") { trial in
            let all = Migration.all.map(\.number)
            // Other parts have the numbers in between.
            try expect(all == Set(all).sorted(), "their numbers are \(all)")
            try expect(try await trial.database.migrate(Migration.all) == all, "others ran")
            try expect(try await trial.database.migrate(Migration.all) == [], "they ran again")
        },
        .init("of processes that migrate at once, each migration runs in one") { trial in
            let ran = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await trial.withAnother { try await $0.migrate([first, second]) }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            try expect(ran.sorted() == [1, 2], "they ran \(ran)")
        },
        .init("a migration that fails leaves nothing, and the message names it") { trial in
            let broken = Migration(
                number: 2, name: "broken",
                statements: ["CREATE TABLE half (id BIGINT)", "CREATE TABLE note (id BIGINT)"])
            let message = try await expect(.invalid) { _ = try await trial.database.migrate([first, broken]) }
            try expect(message.contains("Migration 2 (broken)"), "the message is: \(message)")
            try expect(try await trial.database.appliedMigrations() == [1], "others are noted")
            try await expect(.invalid) { _ = try await trial.rows("SELECT * FROM half") }
            try expect(try await trial.database.migrate([first, second]) == [2], "the repaired one did not run")
        },
        .init("a database that is newer than the program is refused, and stays as it is") { trial in
            _ = try await trial.database.migrate([first, second])
            let message = try await expect(.invalid) { _ = try await trial.database.migrate([first]) }
            try expect(
                message.contains("newer than this program") && message.contains("2 (second)"),
                "the message is: \(message)")
        },
        .init("a migration that was changed after it ran is refused, and nothing runs") { trial in
            _ = try await trial.database.migrate([first])
            let changed = Migration(number: 1, name: "first", statements: ["CREATE TABLE note (id TEXT)"])
            let message = try await expect(.invalid) { _ = try await trial.database.migrate([changed, second]) }
            try expect(message.contains("Migration 1 (first) was changed"), "the message is: \(message)")
            try expect(try await trial.database.appliedMigrations() == [1], "another one ran")
        },
    ]

    private static let first = Migration(
        number: 1, name: "first", statements: ["CREATE TABLE note (id BIGINT NOT NULL PRIMARY KEY, body TEXT)"],
        postgres: ["INSERT INTO note (id, body) VALUES (1, 'postgres')"],
        sqlite: ["INSERT INTO note (id, body) VALUES (1, 'sqlite')"])
    private static let second = Migration(
        number: 2, name: "second", statements: ["ALTER TABLE note ADD COLUMN colour TEXT"])
}
