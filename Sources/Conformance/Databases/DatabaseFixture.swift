import Foundation
import PostgresStore
package import Storage
import Testing

/// Gives each test a database of its own: a SQLite file in a new folder, or a new schema on the PostgreSQL server.
///
/// `TEST_DRIVERS=sqlite` narrows a run. PostgreSQL's server is named by `TEST_POSTGRES_URL`; `scripts/with-postgres` starts
/// one. Without a server a test fails in CI (`CI` is set) and is reported as skipped elsewhere.
package struct DatabaseFixture: Sendable, CustomStringConvertible {
    /// Which driver it makes databases of.
    package let driver: DatabaseDriver

    package var description: String { driver.description }

    /// One fixture for each driver of this run.
    package static let all: [DatabaseFixture] = DatabaseDriver.selected.map(DatabaseFixture.init)
    /// The fixture of the embedded database, for tests of what lies above the drivers.
    package static let sqlite: DatabaseFixture = .init(driver: .sqlite)
    /// The fixture of the server, for tests of what only it does.
    package static let postgres: DatabaseFixture = .init(driver: .postgres)

    /// Chosen drivers whose tests are skipped because there is no server; in CI they fail instead.
    package static let missingServers: [DatabaseDriver] = DatabaseDriver.selected.filter { driver in
        driver == .postgres && DatabaseDriver.postgresURL == nil && !isCI
    }

    private static let isCI = ProcessInfo.processInfo.environment["CI"] != nil

    /// Runs `body` on a new database and removes the database afterwards, also when `body` throws.
    ///
    /// - Parameter migrations: what runs before `body`; none for an empty database.
    package func withDatabase<Value>(
        migrations: [Migration] = Migration.all, limits: DatabaseLimits = DatabaseLimits(),
        _ body: (DatabaseTrial) async throws -> Value
    ) async throws -> Value {
        try await withPlace { url in
            let clock = MovableClock()
            return try await DatabaseTrial.withOpen(driver, url, clock, limits) { database in
                if !migrations.isEmpty { _ = try await database.migrate(migrations) }
                return try await body(DatabaseTrial(database: database, clock: clock, driver: driver, url: url))
            }
        }
    }

    /// Runs `body` with the URL of a place for a new database.
    package func withPlace<Value>(_ body: (_ url: String) async throws -> Value) async throws -> Value {
        switch driver {
        case .sqlite: try await withFolder(body)
        case .postgres: try await withSchema(body)
        }
    }

    private func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("suisha-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body("sqlite:" + folder.appendingPathComponent("test.db").path)
    }

    private func withSchema<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        guard let server = DatabaseDriver.postgresURL else {
            guard !Self.isCI else {
                throw BrokenPromise(
                    description:
                        "CI has no PostgreSQL server: set TEST_POSTGRES_URL, or run scripts/with-postgres COMMAND.")
            }
            try Test.cancel("no PostgreSQL server: set TEST_POSTGRES_URL, or run scripts/with-postgres COMMAND")
        }
        let schema = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
        let url = server + (server.contains("?") ? "&" : "?") + "options=-csearch_path%3D" + schema
        return try await PostgresTurns.shared.withTurn {
            try await execute("CREATE SCHEMA \(schema)", at: server)
            do {
                let value = try await body(url)
                try await execute("DROP SCHEMA \(schema) CASCADE", at: server)
                return value
            } catch {
                try? await execute("DROP SCHEMA \(schema) CASCADE", at: server)
                throw error
            }
        }
    }

    private func execute(_ sql: String, at url: String) async throws {
        var settings = try PostgresSettings(url: url)
        settings.maximumConnections = 1
        let database = try PostgresDatabase(settings)
        let result = await withoutCancellation {
            do throws(StorageError) {
                try await database.write { connection throws(StorageError) in _ = try connection.execute(sql) }
                return Result<Void, StorageError>.success(())
            } catch {
                return .failure(error)
            }
        }
        await database.close()
        try result.get()
    }

    /// A test that was cancelled still removes its schema. Awaited here, so nothing outlives the call.
    private func withoutCancellation<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
        await Task { await work() }.value
    }
}

/// How many tests hold a schema at once, so that their pools together stay below the server's `max_connections`.
actor PostgresTurns {
    static let shared = PostgresTurns(count: 8)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(count: Int) {
        free = count
    }

    nonisolated func withTurn<Value>(_ body: () async throws -> Value) async throws -> Value {
        await take()
        do {
            let value = try await body()
            await give()
            return value
        } catch {
            await give()
            throw error
        }
    }

    private func take() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func give() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
