import Foundation
import PostgresStore
import SQLiteStore
package import Storage

/// A database of one test's own, with the migrations that the test asked for and a clock that the test moves.
package struct DatabaseTrial: Sendable {
    /// The database under test.
    package let database: any SQLDatabase
    /// What `now_us()` follows, on every connection to this database.
    package let clock: MovableClock
    /// Which driver it is.
    package let driver: DatabaseDriver
    /// Names the data: another database opened with this URL and no clock sees the same rows.
    package let url: String

    /// Opens the same data once more, as another process would, and closes that afterwards.
    package func withAnother<Value>(
        limits: DatabaseLimits = DatabaseLimits(), _ body: (any SQLDatabase) async throws -> Value
    ) async throws -> Value {
        try await Self.withOpen(driver, url, clock, limits, body)
    }

    static func withOpen<Value>(
        _ driver: DatabaseDriver, _ url: String, _ clock: MovableClock, _ limits: DatabaseLimits,
        _ body: (any SQLDatabase) async throws -> Value
    ) async throws -> Value {
        let database = try await open(driver, url, clock, limits)
        do {
            let value = try await body(database)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }

    private static func open(
        _ driver: DatabaseDriver, _ url: String, _ clock: MovableClock, _ limits: DatabaseLimits
    ) async throws -> any SQLDatabase {
        switch driver {
        case .sqlite:
            var settings = try SQLiteSettings(url: url)
            settings.clock = { clock.now }
            limits.apply(to: &settings)
            return try SQLiteDatabase(settings)
        case .postgres:
            var settings = try PostgresSettings(url: url)
            settings.clockOffset = { clock.offset }
            limits.apply(to: &settings)
            return try await PostgresDatabase.open(settings)
        }
    }
}

/// Bounds for a database under test, small enough to reach; nil keeps the driver's own.
package struct DatabaseLimits: Sendable {
    /// Connections at once.
    package var connections: Int?
    /// Calls that may wait for a connection.
    package var queue: Int?
    /// How long a call waits for its turn.
    package var wait: Duration?

    package init(connections: Int? = nil, queue: Int? = nil, wait: Duration? = nil) {
        self.connections = connections
        self.queue = queue
        self.wait = wait
    }

    func apply(to settings: inout SQLiteSettings) {
        if let connections { settings.readers = connections }
        if let queue { (settings.readQueue, settings.writeQueue) = (queue, queue) }
        if let wait { settings.turnTimeout = wait }
    }

    func apply(to settings: inout PostgresSettings) {
        if let connections { settings.maximumConnections = connections }
        if let queue { settings.queueLimit = queue }
        if let wait { settings.acquireTimeout = wait }
    }
}
