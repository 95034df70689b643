import Conformance
import Endpoints
import Foundation
import Model
import Storage
import Testing

@testable import Live

@Suite("C2, C3: live updates over real databases", .serialized)
struct DatabaseTests {
    private static let migrations = Migration.all + LiveMigrations.all

    @Test("a ticket opens one connection, on any node, for half a minute", arguments: DatabaseFixture.all)
    func tickets(fixture: DatabaseFixture) async throws {
        try await fixture.withDatabase(migrations: Self.migrations) { trial in
            let key = ServerKey(Secret("the secret of all nodes"))
            let here = LiveTickets(database: trial.database, server: key)
            let fields = ["authorization": "Bearer secret", "x-workspace": "\(WorkspaceID())"]
            try await trial.withAnother { other in
                let there = LiveTickets(database: other, server: key)
                let ticket = try await here.issue(for: fields)
                #expect(try await there.redeem(ticket) == fields)
                await #expect(throws: Problem.self) { try await here.redeem(ticket) }
            }
            let old = try await here.issue(for: fields)
            trial.clock.advance(by: LiveTickets.lifetime)
            await #expect(throws: Problem.self) { try await here.redeem(old) }
            let foreign = LiveTickets(
                database: trial.database, server: ServerKey(Secret("the secret of another server")))
            let new = try await here.issue(for: fields)
            await #expect(throws: Problem.self) { try await foreign.redeem(new) }
            // What the ticket stands for is nowhere to be read, and the past is cleared away.
            let rows = try await trial.database.read { connection throws(StorageError) in
                try connection.query("SELECT hash, content FROM live_ticket")
            }
            #expect(rows.isEmpty)
        }
    }
}
