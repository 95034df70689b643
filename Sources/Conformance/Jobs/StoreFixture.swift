import Foundation
import RedisStore
import Storage
import Testing

/// Gives each test a job store of its own: on a database alone, or with an index in Redis beside it.
///
/// `TEST_REDIS_URL` names the Redis server; `scripts/with-redis` starts one. Without a server a test fails in CI (`CI` is set)
/// and is reported as skipped elsewhere.
package struct StoreFixture: Sendable, CustomStringConvertible {
    let database: DatabaseFixture
    /// Whether a Redis stands beside the database.
    package let hasIndex: Bool

    package var description: String { hasIndex ? "redis over \(database)" : database.description }

    /// Every driver of this run: each database alone, and each under an index.
    package static let all: [StoreFixture] =
        DatabaseFixture.all.map { .init(database: $0, hasIndex: false) }
        + DatabaseFixture.all.map { .init(database: $0, hasIndex: true) }

    private static let isCI = ProcessInfo.processInfo.environment["CI"] != nil

    /// Runs `body` with the settings of a program that uses a new store: environment variables.
    package func withPlace<Value>(_ body: (_ settings: [String: String]) async throws -> Value) async throws -> Value {
        try await database.withPlace { url in
            var settings = ["SUISHA_DATABASE_URL": url]
            if hasIndex { settings["SUISHA_QUEUE_URL"] = try Self.newIndex() }
            return try await body(settings)
        }
    }

    /// The URL of an index that nobody else uses.
    private static func newIndex() throws -> String {
        guard let server = ProcessInfo.processInfo.environment["TEST_REDIS_URL"] else {
            guard !isCI else {
                throw BrokenPromise(
                    description: "CI has no Redis server: set TEST_REDIS_URL, or run scripts/with-redis COMMAND.")
            }
            try Test.cancel("no Redis server: set TEST_REDIS_URL, or run scripts/with-redis COMMAND")
        }
        return "\(server)?prefix=\(UUID().uuidString)"
    }

    /// Runs `body` on a new store and removes it afterwards, also when `body` throws.
    func withStore<Value>(_ body: (JobStoreTrial) async throws -> Value) async throws -> Value {
        try await database.withDatabase { database in
            guard hasIndex else { return try await body(JobStoreTrial(database, index: nil)) }
            let index = try await RedisDispatch.open(url: try Self.newIndex())
            do {
                let value = try await body(JobStoreTrial(database, index: index))
                await index.close()
                return value
            } catch {
                await index.close()
                throw error
            }
        }
    }
}
