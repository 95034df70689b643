import Conformance
import Model
import Storage
import Testing

@Suite("database fixture")
struct DatabaseFixtureTests {
    @Test("gives a migrated database whose clock the test moves", arguments: DatabaseFixture.all)
    func clock(fixture: DatabaseFixture) async throws {
        try await fixture.withDatabase { trial in
            #expect(try await trial.database.appliedMigrations() == Migration.all.map(\.number))
            let before = try await now(trial.database)
            trial.clock.advance(by: .seconds(3_600))
            let after = try await now(trial.database)
            #expect(after - before >= .seconds(3_600))
            #expect(after - before < .seconds(3_700))
        }
    }

    @Test("gives every test a database of its own", arguments: DatabaseFixture.all)
    func isolation(fixture: DatabaseFixture) async throws {
        try await fixture.withDatabase(migrations: []) { first in
            try await first.database.write { connection throws(StorageError) in
                _ = try connection.execute("CREATE TABLE mine (id INTEGER)")
            }
            try await fixture.withDatabase(migrations: []) { second in
                try await second.database.write { connection throws(StorageError) in
                    _ = try connection.execute("CREATE TABLE mine (id INTEGER)")
                }
            }
        }
    }
}

private func now(_ database: any SQLDatabase) async throws -> Timestamp {
    let row = try await database.read { connection throws(StorageError) in
        try connection.query("SELECT now_us() AS now").first
    }
    return try #require(try row?.time("now"))
}
