import Conformance
import Testing

@Suite("database")
struct DatabaseTests {
    @Test("keeps the promises of a database", arguments: DatabaseFixture.all, DatabaseBehaviour.all)
    func conforms(fixture: DatabaseFixture, behaviour: DatabaseBehaviour) async throws {
        try await behaviour.check(fixture)
    }

    @Test(
        "every chosen driver has its server",
        .enabled(
            if: DatabaseFixture.missingServers.isEmpty, "set TEST_POSTGRES_URL, or run scripts/with-postgres COMMAND"))
    func servers() {
        #expect(DatabaseDriver.unknownNames.isEmpty, "TEST_DRIVERS takes sqlite and postgres, separated by a comma")
        #expect(!DatabaseFixture.all.isEmpty, "TEST_DRIVERS names no driver")
    }
}
