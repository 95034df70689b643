import Conformance
import Foundation
import Storage
import Synchronization
import Testing

@testable import PostgresStore

@Suite("PostgreSQL database", .enabled(if: DatabaseDriver.selected.contains(.postgres), "TEST_DRIVERS leaves it out"))
struct PostgresDatabaseTests {
    private let fixture = DatabaseFixture.postgres

    @Test("reads its own parameters from the URL and leaves the rest to libpq")
    func url() throws {
        let settings = try PostgresSettings(
            url:
                "postgres://me:p%40ss@db:6432/jobs?pool_max=3&sslmode=require&pool_min=2&pool_wait=50&prepare=false&listen=postgres%3A%2F%2Fdb%2Fjobs"
        )
        #expect(settings.connectionURL == "postgres://me:p%40ss@db:6432/jobs?sslmode=require")
        #expect(settings.place == "db:6432/jobs")
        #expect(settings.maximumConnections == 3)
        #expect(settings.minimumConnections == 2)
        #expect(settings.acquireTimeout == .milliseconds(50))
        #expect(!settings.preparesStatements)
        #expect(settings.listenURL == "postgres://db/jobs")
    }

    @Test(
        "refuses wrong URLs without showing them",
        arguments: [
            "mysql://me:secret@db/jobs", "postgres://me:secret@db/jobs?pool_max=none", "postgres://me:sec%ret@db/jobs",
            "postgres://me:secret@db/jobs?pool_min=9&pool_max=2", "postgres://me:secret@db/jobs?prepare=maybe",
        ])
    func badURL(text: String) {
        let error = #expect(throws: StorageError.self) { try PostgresSettings(url: text) }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains("sec") == false)
    }

    @Test("a server that is not there is an error that names host and port and not the password")
    func unreachable() async {
        let error = await #expect(throws: StorageError.self) {
            try await PostgresDatabase.open(url: "postgres://me:secret@127.0.0.1:9/jobs")
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("127.0.0.1:9/jobs") == true)
        #expect(error?.message.contains("secret") == false)
        #expect(error?.message.contains("Check that the server runs") == true)
    }

    @Test("a wrong password is an error that says so")
    func wrongPassword() async throws {
        try await fixture.withPlace { url in
            let wrong = try #require(URLComponents(string: url)).with(password: "wrong")
            let error = await #expect(throws: StorageError.self) { try await PostgresDatabase.open(url: wrong) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("Check the user and the password") == true)
        }
    }

    @Test("two transactions that wait for each other both commit, because one of them runs again")
    func deadlock() async throws {
        try await fixture.withDatabase(migrations: []) { trial in
            try await execute(trial.database, "CREATE TABLE note (id INTEGER, n INTEGER)")
            try await execute(trial.database, "INSERT INTO note VALUES (1, 0), (2, 0)")
            let meeting = Meeting(of: 2)
            try await withThrowingTaskGroup { group in
                for order in [[1, 2], [2, 1]] {
                    group.addTask {
                        try await trial.database.write { connection throws(StorageError) in
                            _ = try connection.execute("UPDATE note SET n = n + 1 WHERE id = $1", [SQLValue(order[0])])
                            meeting.arrive()
                            _ = try connection.execute("UPDATE note SET n = n + 1 WHERE id = $1", [SQLValue(order[1])])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await trial.database.read { connection throws(StorageError) in
                try connection.query("SELECT n FROM note")
            }
            #expect(rows.map(\.values) == [[.integer(2)], [.integer(2)]])
        }
    }

    @Test("a schema that changes under a prepared statement is no error")
    func changedSchema() async throws {
        try await fixture.withDatabase(migrations: [], limits: .init(connections: 1)) { trial in
            try await execute(trial.database, "CREATE TABLE note (id INTEGER)")
            let query: @Sendable (any SQLConnection) throws(StorageError) -> Int = { connection throws(StorageError) in
                try connection.query("SELECT * FROM note").count
            }
            _ = try await trial.database.read(query) + trial.database.write(query)
            try await execute(trial.database, "ALTER TABLE note ADD COLUMN body TEXT")
            #expect(try await trial.database.read(query) == 0)
            try await execute(trial.database, "ALTER TABLE note ADD COLUMN more TEXT")
            #expect(try await trial.database.write(query) == 0)
        }
    }

    @Test("a statement that runs too long is stopped, and so is that of a cancelled call")
    func longStatements() async throws {
        try await fixture.withPlace { url in
            var settings = try PostgresSettings(url: url)
            // Opening the database must be done with it as well.
            settings.statementTimeout = .seconds(1)
            settings.maximumConnections = 1
            try await withOpen(settings) { database in
                let error = await #expect(throws: StorageError.self) {
                    try await execute(database, "SELECT pg_sleep(20)")
                }
                #expect(error?.code == .busy)
                #expect(error?.message.contains("statement_timeout in the URL") == true)
            }
            settings.statementTimeout = .seconds(30)
            try await withOpen(settings) { database in
                let began = ContinuousClock.now
                let error = await #expect(throws: StorageError.self) {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await execute(database, "SELECT pg_sleep(20)") }
                        try await sleeping(url)
                        group.cancelAll()
                        try await group.waitForAll()
                    }
                }
                #expect(error?.code == .canceled)
                #expect(.now - began < .seconds(15))
                try await execute(database, "SELECT 1")
            }
        }
    }

    @Test("works behind a pooler in transaction mode: without prepared statements or settings of the session")
    func unprepared() async throws {
        try await fixture.withPlace { url in
            var settings = try PostgresSettings(url: url + "&prepare=false&statement_timeout=1234")
            settings.clockOffset = { .seconds(7_200) }
            try await withOpen(settings) { database in
                _ = try await database.migrate(Migration.all)
                let rows = try await database.write { connection throws(StorageError) in
                    _ = try connection.execute(
                        "INSERT INTO stage_rate (key, samples, seconds_per_unit) VALUES ($1, 1, $2)",
                        batch: (0..<300).map { [.text("key \($0)"), .double(0.5)] })
                    return try connection.query(
                        "SELECT current_setting('statement_timeout') AS t, COUNT(*) AS n FROM stage_rate WHERE samples = $1",
                        [.integer(1)])
                }
                #expect(rows.map(\.values) == [[.text("1234ms"), .integer(300)]])
            }
        }
    }

    @Test(
        "what the server refuses gets its kind and a sentence on what to do",
        arguments: [
            ("53100", "full", "free some space"), ("25006", "readOnly", "failover"),
            ("53300", "busy", "max_connections"),
            ("55P03", "busy", "lock"), ("42501", "readOnly", "Grant"), ("XX001", "corrupt", "restore a backup"),
            ("57P03", "unavailable", "stopping or starting"), ("54000", "tooLarge", "larger"),
        ])
    func refusals(state: String, code: String, advice: String) async throws {
        try await fixture.withDatabase(migrations: []) { trial in
            let error = await #expect(throws: StorageError.self) {
                try await execute(
                    trial.database, "DO $$ BEGIN RAISE EXCEPTION 'as if' USING ERRCODE = '\(state)'; END $$")
            }
            #expect(error?.code.description == code)
            #expect(error?.message.contains(advice) == true)
            try await execute(trial.database, "SELECT 1")
        }
    }

    @Test("a restart of the server is survived: writes go on, and whoever waits for signals looks again")
    func restart() async throws {
        try await PostgresServer.with { server in
            try await withOpen(PostgresSettings(url: server.url)) { database in
                try await execute(database, "CREATE TABLE note (id BIGSERIAL PRIMARY KEY)")
                try await execute(database, "INSERT INTO note DEFAULT VALUES")
                let signals = database.signals(for: "news")
                try await server.control("restart")
                try await execute(database, "INSERT INTO note DEFAULT VALUES")
                // One signal for what may have been missed, without any announcement; then announcements of others.
                try await oneSignal(signals)
                let more = database.signals(for: "news")
                try await withOpen(PostgresSettings(url: server.url)) { try await $0.announce("news") }
                try await oneSignal(more)
                try await server.control("stop")
                let error = await #expect(throws: StorageError.self) {
                    try await execute(database, "INSERT INTO note DEFAULT VALUES")
                }
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("127.0.0.1") == true)
                try await server.control("start")
                try await execute(database, "INSERT INTO note DEFAULT VALUES")
                let rows = try await database.read { connection throws(StorageError) in
                    try connection.query("SELECT COUNT(*) AS n FROM note")
                }
                #expect(rows.map(\.values) == [[.integer(3)]])
            }
        }
    }

    @Test("a standby refuses writes in words, and takes them when it has been promoted")
    func standby() async throws {
        try await PostgresServer.with { server in
            try await withOpen(PostgresSettings(url: server.url)) { database in
                try await execute(database, "CREATE TABLE note (id BIGSERIAL PRIMARY KEY)")
                try await server.control("standby")
                for manner in [WriteManner.durable, .urgent] {
                    let error = await #expect(throws: StorageError.self) {
                        try await database.write(manner) { connection throws(StorageError) in
                            _ = try connection.execute("INSERT INTO note DEFAULT VALUES")
                        }
                    }
                    #expect(error?.code == .readOnly && error?.message.contains("failover") == true, "\(error as Any)")
                }
                try await server.control("promote")
                try await execute(database, "INSERT INTO note DEFAULT VALUES")
            }
        }
    }

    @Test("a read-only server refuses writes in words")
    func readOnlyServer() async throws {
        try await fixture.withDatabase(migrations: []) { trial in
            try await execute(trial.database, "CREATE TABLE note (id INTEGER)")
            let error = await #expect(throws: StorageError.self) {
                try await trial.database.write { connection throws(StorageError) in
                    _ = try connection.execute("SET LOCAL transaction_read_only = on")
                    _ = try connection.execute("INSERT INTO note VALUES (1)")
                }
            }
            #expect(error?.code == .readOnly)
            #expect(error?.message.contains("only reads") == true)
        }
    }
}

private func execute(_ database: any SQLDatabase, _ sql: String) async throws(StorageError) {
    try await database.write { connection throws(StorageError) in _ = try connection.execute(sql) }
}

/// Returns when a signal comes.
private func oneSignal(_ signals: AsyncStream<Void>) async throws {
    let came = await withTaskGroup(of: Bool.self) { group in
        group.addTask {
            for await _ in signals { return true }
            return false
        }
        group.addTask {
            try? await Task.sleep(for: .seconds(20))
            return false
        }
        defer { group.cancelAll() }
        return await group.next() ?? false
    }
    #expect(came)
}

private func withOpen(_ settings: PostgresSettings, _ body: (PostgresDatabase) async throws -> Void) async throws {
    let database = try await PostgresDatabase.open(settings)
    do {
        try await body(database)
        await database.close()
    } catch {
        await database.close()
        throw error
    }
}

/// Returns when a statement sleeps on the server.
private func sleeping(_ url: String) async throws {
    try await withOpen(PostgresSettings(url: url)) { database in
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let rows = try await database.read { connection throws(StorageError) in
                try connection.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
            }
            if !rows.isEmpty { return }
            try #require(ContinuousClock.now < deadline, "the statement does not run")
        }
    }
}

/// Threads that wait for each other, the first time only and for a limited time.
private final class Meeting: Sendable {
    private let condition = NSCondition()
    private let missing: Mutex<Int>

    init(of size: Int) {
        missing = Mutex(size)
    }

    func arrive() {
        condition.lock()
        defer { condition.unlock() }
        missing.withLock { $0 -= 1 }
        condition.broadcast()
        let limit = Date(timeIntervalSinceNow: 10)
        while missing.withLock({ $0 > 0 }), condition.wait(until: limit) {}
    }
}

extension URLComponents {
    fileprivate func with(password: String) -> String {
        var changed = self
        changed.password = password
        return changed.string ?? ""
    }
}
