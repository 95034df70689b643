import Model
import RedisStore
import Storage

/// What the processes of a server remember together, and how they tell each other what is no longer true.
struct SharedMemory: Sendable {
    /// nil where each process remembers for itself.
    let cache: (any SharedCache)?
    let bus: any InvalidationBus
    /// What has to go on for the bus to be heard.
    let duties: [Duty]

    /// For one process alone.
    static let none: SharedMemory = .init(cache: nil, bus: LocalBus(), duties: [])

    /// Runs `body` with a Redis where there is one; without, processes on PostgreSQL hear each other through its
    /// announcements, and SQLite has one process.
    static func with<Value>(
        on database: any SQLDatabase, redis url: Secret?, _ body: (SharedMemory) async throws -> Value
    ) async throws -> Value {
        guard let url else {
            guard database.dialect.isPostgres else { return try await body(.none) }
            let bus = DatabaseBus(database: database)
            return try await body(SharedMemory(cache: nil, bus: bus, duties: [Duty { await bus.run() }]))
        }
        let settings = try RedisSettings(url: url.revealed)
        let (cache, bus) = (RedisSharedCache(settings), RedisBus(settings))
        let memory = SharedMemory(cache: cache, bus: bus, duties: [])
        do {
            let value = try await body(memory)
            await bus.close()
            await cache.close()
            return value
        } catch {
            await bus.close()
            await cache.close()
            throw error
        }
    }
}
