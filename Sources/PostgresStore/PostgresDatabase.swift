import Foundation
import Metrics
package import Storage
import Synchronization

/// A relational database on a PostgreSQL server, through libpq.
package final class PostgresDatabase: SQLDatabase {
    package let dialect: SQLDialect = .postgres
    private let settings: PostgresSettings
    private let pool: PostgresPool
    /// One connection more, for urgent calls: those of the pool may all be busy.
    private let reserve: PostgresPool
    private let hub = SignalHub()
    private let announcer: Announcer
    private let listener: Listener
    private let sender: String
    private let hearing = Mutex<(any BusSubscription)?>(nil)

    /// Begins to listen for announcements; connects for calls when they come.
    package init(_ settings: PostgresSettings) throws(StorageError) {
        self.settings = settings
        sender = UUID().uuidString
        pool = PostgresPool(settings, name: "calls")
        var single = settings
        (single.minimumConnections, single.maximumConnections) = (0, 1)
        reserve = PostgresPool(single, name: "reserve")
        announcer = Announcer(settings, sender: sender)
        listener = try Listener(settings, hub: hub, sender: sender)
    }

    deinit { listener.close() }

    /// Connects to the server that `postgres://user:password@host:port/database` names.
    ///
    /// - Throws: `invalid` for a URL that cannot be read, `unavailable` when the server cannot be reached.
    package static func open(url: String) async throws(StorageError) -> PostgresDatabase {
        try await open(PostgresSettings(url: url))
    }

    /// Connects and returns when announcements of other processes are heard.
    package static func open(_ settings: PostgresSettings) async throws(StorageError) -> PostgresDatabase {
        let database = try PostgresDatabase(settings)
        do {
            try await database.read { connection throws(StorageError) in _ = try connection.query("SELECT 1") }
        } catch {
            await database.close()
            throw error
        }
        guard await database.listener.ready(within: settings.acquireTimeout) else {
            await database.close()
            throw StorageError(
                .unavailable,
                """
                PostgreSQL at \(settings.place) answers, but announcements cannot be heard: check the parameter 'listen' of \
                the database URL, and that the server has connections left.
                """)
        }
        return database
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        do {
            return try await transaction("ISOLATION LEVEL REPEATABLE READ READ ONLY", on: pool, body)
        } catch {
            // A read has no effects: when its connection breaks, it may as well run again.
            guard error.isConnectionLoss || error.isRetriable else { throw error }
            return try await transaction("ISOLATION LEVEL REPEATABLE READ READ ONLY", on: pool, body)
        }
    }

    package func write<Value: Sendable>(
        _ manner: WriteManner,
        _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        var attempt = 0
        while true {
            do {
                let commit = manner == .derived ? "; SET LOCAL synchronous_commit = off" : ""
                return try await transaction(
                    "ISOLATION LEVEL READ COMMITTED READ WRITE" + commit, on: manner == .urgent ? reserve : pool, body)
            } catch {
                guard error.isRetriable, attempt < settings.retries else { throw error }
                attempt += 1
                Counter(label: MetricNames.retries).increment()
                do {
                    try await Task.sleep(for: .milliseconds(Int.random(in: 1...(5 << min(attempt, 6)))))
                } catch {
                    throw CallCancellation.error
                }
            }
        }
    }

    package func signals(for key: String) -> AsyncStream<Void> { hub.signals(for: key) }

    package func changedParts(of whole: String) -> ChangedParts { hub.changedParts(of: whole) }

    package func carryAnnouncements(over bus: any InvalidationBus) {
        let subscription = bus.subscribe { [hub, sender] event in
            switch event {
            case .subscribed: hub.signalAll()
            case .message(let payload): Announcement.deliver(payload, to: hub, unlessFrom: sender)
            }
        }
        hearing.withLock { $0 = subscription }
        announcer.carry(over: bus)
    }

    package func close() async {
        hearing.withLock { $0 = nil }
        await pool.close(within: .seconds(5))
        await reserve.close(within: .seconds(1))
        await announcer.close()
        listener.close()
        hub.finish()
    }

    private func transaction<Value: Sendable>(
        _ kind: String, on pool: PostgresPool,
        _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        let cancellation = CallCancellation()
        let result: Result<Value, StorageError> = await withTaskCancellationHandler {
            do throws(StorageError) {
                return .success(
                    try await pool.withLink { [self] link in
                        link.transaction(kind, cancellation, body).map { value, announcements in
                            announce(announcements)
                            return value
                        }
                    })
            } catch {
                return .failure(error)
            }
        } onCancel: {
            cancellation.cancel()
        }
        return try result.get()
    }

    private func announce(_ keys: Set<String>) {
        guard !keys.isEmpty else { return }
        hub.signal(keys)
        announcer.announce(keys)
    }
}
