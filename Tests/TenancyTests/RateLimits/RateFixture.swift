import Conformance
import Foundation
import RedisStore
import Storage
import Tenancy
import Testing

/// Gives each test some nodes that count calls together, by one of the three stores.
struct RateFixture: Sendable, CustomStringConvertible {
    private enum Place: Sendable {
        case memory
        case database(DatabaseFixture)
        case redis
    }

    private let place: Place
    let description: String

    static let all: [RateFixture] =
        [.init(place: .memory, description: "memory"), .init(place: .redis, description: "redis")]
        + DatabaseFixture.all.map { .init(place: .database($0), description: "rows of \($0)") }

    /// Runs `body` with three nodes; in memory, they are one.
    func withNodes(_ body: ([any RateWindows]) async throws -> Void) async throws {
        switch place {
        case .memory:
            let windows = MemoryRateWindows()
            try await body([windows, windows, windows])
        case .database(let fixture):
            try await fixture.withDatabase(migrations: Migration.all + TenancyMigrations.all) { trial in
                try await trial.withAnother { second in
                    try await trial.withAnother { third in
                        try await body(
                            [trial.database, second, third].map { DatabaseRateWindows(database: $0) })
                    }
                }
            }
        case .redis:
            let url = try Self.newRedis()
            var settings = try RedisSettings(url: url)
            // Connecting may take long beside many other tests.
            settings.connectTimeout = .seconds(30)
            settings.waitLimit = .seconds(30)
            let nodes = (0..<3).map { [settings] _ in RedisRateWindows(settings) }
            do {
                try await body(nodes)
            } catch {
                for node in nodes { await node.close() }
                throw error
            }
            for node in nodes { await node.close() }
        }
    }

    private static func newRedis() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        guard let server = environment["TEST_REDIS_URL"] else {
            guard environment["CI"] == nil else {
                throw NeverHappened("CI has no Redis server: set TEST_REDIS_URL, or run scripts/with-redis COMMAND.")
            }
            try Test.cancel("no Redis server: set TEST_REDIS_URL, or run scripts/with-redis COMMAND")
        }
        return "\(server)?prefix=\(UUID().uuidString)"
    }
}
