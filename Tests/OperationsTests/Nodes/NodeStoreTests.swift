import Conformance
import Model
import Storage
import Testing

@testable import Operations

@Suite("Names of nodes (G2)")
struct NodeStoreTests {
    private func node(_ process: String, host: String = "h", alive: Set<String> = []) -> Node {
        Node(name: "web", host: host, process: process, roles: ["api"], version: "1") { alive.contains($0) }
    }

    @Test("two processes have two names, and one that starts again has its own", arguments: DatabaseFixture.all)
    func names(fixture: DatabaseFixture) async throws {
        try await fixture.withDatabase(migrations: Migration.all + OperationsMigrations.all) { trial in
            let store = NodeStore(database: trial.database)
            let (first, second) = (node("1", alive: ["2"]), node("2", alive: ["1"]))
            #expect(try await store.enter(first).name == "web")
            #expect(try await store.enter(second).name == "web-2")
            #expect(try await store.enter(first).name == "web")
            // A process of the same machine that was killed gives its name at once to the next.
            #expect(try await store.enter(node("3", alive: ["2"])).name == "web")
            #expect(try await store.stay("web", first) == nil)
            #expect(try await store.stay("web-2", second) != nil)
            // One of another machine cannot be judged: its name is free after a minute.
            #expect(try await store.enter(node("9", host: "other")).name == "web-3")
            trial.clock.advance(by: .seconds(61))
            #expect(try await store.enter(node("10", host: "third")).name == "web")
            let all = try await store.all()
            #expect(all.map(\.name) == ["web", "web-2", "web-3"])
            #expect(all.map(\.isAlive) == [true, false, false])
        }
    }

    @Test("whoever leaves gives the name back, and is forgotten in time", arguments: DatabaseFixture.all)
    func leaving(fixture: DatabaseFixture) async throws {
        try await fixture.withDatabase(migrations: Migration.all + OperationsMigrations.all) { trial in
            let store = NodeStore(database: trial.database)
            let first = node("1", alive: ["1"])
            _ = try await store.enter(first)
            try await store.leave("web", node("7"))
            #expect(try await store.all().first?.isAlive == true)
            try await store.leave("web", first)
            let left = try #require(try await store.all().first)
            #expect(!left.isAlive && left.seenAt == nil)
            #expect(try await store.enter(node("2", host: "other")).name == "web")
            trial.clock.advance(by: .seconds(3_600))
            try await store.removeOld(.seconds(7_200))
            #expect(try await store.all().count == 1)
            try await store.removeOld(.seconds(1_800))
            #expect(try await store.all().isEmpty)
        }
    }
}
