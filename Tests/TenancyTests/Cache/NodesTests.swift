import Conformance
import Endpoints
import Foundation
import Model
import RedisStore
import Storage
import Tenancy
import Testing

@Suite("Three nodes that share a database and a Redis (B1)")
struct NodesTests {
    private struct Node {
        let sessions: SessionService
        let accounts: AccountService
    }

    /// Three nodes, each with connections and caches of its own.
    private func withNodes(
        _ fixture: DatabaseFixture, _ body: (AccountTrial, [Node]) async throws -> Void
    ) async throws {
        try await AccountTrial.with(fixture) { trial in
            let settings = try CacheFixture.newRedis()
            let passwords = try await TestPasswords.shared.value()
            try await trial.trial.withAnother { second in
                try await trial.trial.withAnother { third in
                    let databases = [trial.trial.database, second, third]
                    let buses = databases.map { _ in RedisBus(settings) }
                    let shared = databases.map { _ in RedisSharedCache(settings) }
                    let nodes = databases.indices.map { index in
                        let sessions = SessionService(
                            database: databases[index],
                            cache: SessionCache(
                                shared: shared[index], bus: buses[index], database: databases[index]),
                            rights: trial.rights, logger: AccountTrial.logger)
                        return Node(
                            sessions: sessions,
                            accounts: AccountService(
                                database: databases[index], passwords: passwords, sessions: sessions,
                                vault: trial.vault, settings: .open, logger: AccountTrial.logger))
                    }
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for node in nodes { group.addTask { await node.sessions.cache.run() } }
                        try await body(trial, nodes)
                        group.cancelAll()
                    }
                    for bus in buses { await bus.close() }
                    for cache in shared { await cache.close() }
                }
            }
        }
    }

    @Test("a sign-out on one is in effect on all within a second", arguments: DatabaseFixture.all)
    func signOut(fixture: DatabaseFixture) async throws {
        try await withNodes(fixture) { trial, nodes in
            try await trial.signUp()
            // The fastest round counts: a busy machine holds up any of them.
            var fastest = Duration.seconds(60)
            for _ in 0..<5 {
                let outcome = try await nodes[0].accounts.signIn(
                    email: "aiko@example.com", password: AccountTrial.password, client: AccountTrial.client)
                guard case .signedIn(let session) = outcome else { throw NeverHappened("a session") }
                // Until all of them trust the bus, and have it from their memory.
                try await eventually("all remember the session") {
                    for node in nodes { _ = try await node.sessions.authenticate(session.token) }
                    return nodes.allSatisfy(\.sessions.cache.isTrusted)
                }
                for node in nodes { _ = try await node.sessions.authenticate(session.token) }
                let caller = try await nodes[1].sessions.authenticate(session.token)
                try await nodes[1].accounts.signOut(caller)
                let answered = ContinuousClock.now
                for node in nodes {
                    try await eventually("the session has ended there", within: .seconds(20)) {
                        do {
                            _ = try await node.sessions.authenticate(session.token)
                            return false
                        } catch is Problem {
                            return true
                        }
                    }
                }
                fastest = min(fastest, ContinuousClock.now - answered)
            }
            #expect(fastest < .seconds(1))
        }
    }

    @Test("on the bus of the database a beat finds what no announcement brought", arguments: DatabaseFixture.all)
    func silentDatabaseBus(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            // Nobody listens: neither bus runs.
            let buses = (0..<2).map { _ in DatabaseBus(database: trial.trial.database) }
            let nodes = buses.map { bus in
                SessionService(
                    database: trial.trial.database, cache: SessionCache(bus: bus, database: trial.trial.database),
                    rights: trial.rights, logger: AccountTrial.logger)
            }
            let user = try await trial.signUp()
            let session = try await trial.signIn()
            for node in nodes {
                try await node.cache.beat()
                _ = try await node.authenticate(session.token)
                #expect(node.cache.isTrusted)
            }
            try await nodes[0].end(session.id, of: user)
            try await nodes[1].cache.beat()
            await #expect(throws: Problem.self) { try await nodes[1].authenticate(session.token) }
        }
    }

    @Test("without a Redis, PostgreSQL carries the word just as fast")
    func databaseBus() async throws {
        try await AccountTrial.with(.postgres) { trial in
            try await trial.trial.withAnother { second in
                let databases = [trial.trial.database, second]
                let buses = databases.map { DatabaseBus(database: $0) }
                let nodes = databases.indices.map { index in
                    SessionService(
                        database: databases[index],
                        cache: SessionCache(bus: buses[index], database: databases[index]), rights: trial.rights,
                        logger: AccountTrial.logger)
                }
                let user = try await trial.signUp()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for bus in buses { group.addTask { await bus.run() } }
                    for node in nodes { group.addTask { await node.cache.run() } }
                    // The fastest round counts: a busy machine holds up any of them.
                    var fastest = Duration.seconds(60)
                    for _ in 0..<3 {
                        let session = try await trial.signIn()
                        try await eventually("both remember the session") {
                            for node in nodes { _ = try await node.authenticate(session.token) }
                            return nodes.allSatisfy(\.cache.isTrusted)
                        }
                        for node in nodes { _ = try await node.authenticate(session.token) }
                        try await nodes[0].end(session.id, of: user)
                        let answered = ContinuousClock.now
                        try await eventually("the session has ended on the other", within: .seconds(20)) {
                            do {
                                _ = try await nodes[1].authenticate(session.token)
                                return false
                            } catch is Problem {
                                return true
                            }
                        }
                        fastest = min(fastest, ContinuousClock.now - answered)
                    }
                    #expect(fastest < .seconds(1))
                    group.cancelAll()
                }
            }
        }
    }
}
