import Foundation
import Model
import PostgresStore
import RedisStore
import SQLiteStore
import Storage
import Tenancy

/// The table of databases by URL.
enum Databases {
    /// Opens the database that the URL names.
    ///
    /// - Throws: `StorageError` that says what is wrong, without the password.
    static func open(_ url: Secret) async throws(StorageError) -> any SQLDatabase {
        let scheme = url.revealed.prefix { $0 != ":" }
        switch scheme {
        case "sqlite": return try SQLiteDatabase.open(url: url.revealed)
        case "postgres", "postgresql": return try await PostgresDatabase.open(url: url.revealed)
        default:
            throw StorageError(
                .invalid,
                "There is no database for URLs that start with '\(scheme)'. Write sqlite:/path/to/file.db or "
                    + "postgres://user:password@host/database.")
        }
    }

    /// The SQLite file that the URL names, where there is none yet.
    static func missingFile(_ url: Secret) -> String? {
        guard let path = try? SQLiteSettings(url: url.revealed).path, !FileManager.default.fileExists(atPath: path)
        else {
            return nil
        }
        return path
    }

    /// Runs `body` with the database and closes it afterwards.
    static func with<Value>(
        _ url: Secret, _ body: (any SQLDatabase) async throws -> Value
    ) async throws -> Value {
        let database = try await open(url)
        do {
            let value = try await body(database)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }

    /// Runs `body` while announcements travel over a Redis, where there is one.
    static func withAnnouncements<Value>(
        of database: any SQLDatabase, redis url: Secret?, _ body: () async throws -> Value
    ) async throws -> Value {
        guard let url, database.dialect.isPostgres else { return try await body() }
        let bus = RedisBus(try RedisSettings(url: url.revealed), name: "announcements")
        database.carryAnnouncements(over: bus)
        do {
            let value = try await body()
            await bus.close()
            return value
        } catch {
            await bus.close()
            throw error
        }
    }

    /// Runs `body` with the store of jobs on the database, and with the index of ready jobs where there is one. A Redis that is
    /// away is no reason not to start: the index is disposable.
    static func withJobs<Value>(
        on database: any SQLDatabase, redis url: Secret?, books: (any JobLedger)? = nil,
        _ body: (SQLJobStore) async throws -> Value
    ) async throws -> Value {
        guard let url else { return try await body(SQLJobStore(database: database, books: books)) }
        let index = RedisDispatch(try RedisSettings(url: url.revealed))
        do {
            let value = try await body(SQLJobStore(database: database, dispatch: index, books: books))
            await index.close()
            return value
        } catch {
            await index.close()
            throw error
        }
    }

    /// Runs `body` with the place where calls are counted: a Redis where there is one, else the database where several servers
    /// may share it, else this process.
    static func withRates<Value>(
        on database: any SQLDatabase, _ settings: ServerSettings, _ body: (any RateWindows) async throws -> Value
    ) async throws -> Value {
        guard let url = settings.redisURL else {
            return try await body(
                database.dialect.isPostgres ? DatabaseRateWindows(database: database) : MemoryRateWindows())
        }
        let rates = RedisRateWindows(try RedisSettings(url: url.revealed))
        do {
            let value = try await body(rates)
            await rates.close()
            return value
        } catch {
            await rates.close()
            throw error
        }
    }
}
