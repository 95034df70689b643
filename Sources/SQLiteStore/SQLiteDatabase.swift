import Dispatch
import Foundation
import Glibc
import Model
import GRDB
package import Storage
import Synchronization

/// A relational database in one SQLite file, in WAL mode and synced to disk at every commit.
///
/// Several processes of one host may share the file; SQLite lets one of them write at a time.
package final class SQLiteDatabase: SQLDatabase {
    package let dialect: SQLDialect = .sqlite
    let writes: WriteQueue
    private let settings: SQLiteSettings
    private let pool: DatabasePool
    private let reads: ReaderPermits
    private let readQueue = DispatchQueue(label: "suisha.sqlite.readers", attributes: .concurrent)
    private let hub = SignalHub()

    /// Opens the file, and makes it and its folder when they are missing.
    ///
    /// - Throws: `unavailable` when it cannot be opened, `corrupt` when it is no SQLite database.
    package init(_ settings: SQLiteSettings) throws(StorageError) {
        self.settings = settings
        do {
            pool = try Self.open(settings)
        } catch {
            throw StorageError(grdb: error, path: settings.path)
        }
        writes = WriteQueue(pool: pool, settings: settings, hub: hub)
        reads = ReaderPermits(settings)
    }

    /// Opens the file that `sqlite:/path/to/file.db` names.
    package static func open(url: String) throws(StorageError) -> SQLiteDatabase {
        try SQLiteDatabase(SQLiteSettings(url: url))
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await reads.acquire()
        let result: Result<Value, StorageError> = await withCheckedContinuation { continuation in
            readQueue.async { [self] in
                let result: Result<Value, StorageError>
                do {
                    result = .success(
                        try pool.read { database in
                            let connection = SQLiteConnection(database, path: settings.path)
                            defer { connection.end() }
                            return try body(connection)
                        })
                } catch {
                    result = .failure(StorageError(grdb: error, path: settings.path))
                }
                reads.release()
                continuation.resume(returning: result)
            }
        }
        return try result.get()
    }

    package func write<Value: Sendable>(
        _ manner: WriteManner,
        _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await writes.write(isUrgent: manner == .urgent, body)
    }

    package func signals(for key: String) -> AsyncStream<Void> {
        let stream = hub.signals(for: key)
        writes.watchOtherWriters()
        return stream
    }

    package func changedParts(of whole: String) -> ChangedParts {
        let parts = hub.changedParts(of: whole)
        writes.watchOtherWriters()
        return parts
    }

    /// Processes that share a file see each other's commits by themselves.
    package func carryAnnouncements(over bus: any InvalidationBus) {}

    package func close() async {
        reads.close()
        await writes.close()
        await withCheckedContinuation { continuation in
            readQueue.async(flags: .barrier) { [pool] in
                try? pool.close()
                continuation.resume()
            }
        }
        hub.finish()
    }

    private static func open(_ settings: SQLiteSettings) throws -> DatabasePool {
        let file = URL(filePath: settings.path)
        let manager = FileManager.default
        try manager.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        // Made before SQLite does, so that the file is never readable by others; -wal and -shm take its mode.
        let descriptor = Glibc.open(settings.path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 { Glibc.close(descriptor) }

        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(settings.lockTimeout.timeInterval)
        configuration.maximumReaderCount = settings.readers
        configuration.persistentReadOnlyConnections = true
        configuration.label = "suisha.sqlite"
        let clock = settings.clock
        configuration.prepareDatabase { database in
            database.add(function: DatabaseFunction("now_us", argumentCount: 0) { _ in clock().microseconds })
        }
        let pool = try DatabasePool(path: settings.path, configuration: configuration)
        // GRDB sets NORMAL, which may lose the last commits at a power cut.
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        return pool
    }
}
