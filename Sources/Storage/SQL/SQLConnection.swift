/// One connection inside one transaction. It must not leave the closure that received it.
///
/// Statements are the same text for SQLite and PostgreSQL: parameters are `$1`, `$2` …; the current time by the database's
/// clock is `now_us()`, in microseconds since 1970 UTC. Calls block; the driver runs the closure on a thread of its own.
package protocol SQLConnection: AnyObject {
    /// Words that differ between the databases.
    var dialect: SQLDialect { get }

    /// Runs one statement and returns its rows. Statements are prepared once per connection.
    func query(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> [SQLRow]

    /// Runs one statement once per set of values, in order, in as few round trips as the database allows; returns the rows of
    /// each.
    func query(_ sql: String, batch: [[SQLValue]]) throws(StorageError) -> [[SQLRow]]

    /// Runs one statement and returns how many rows it changed.
    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> Int

    /// Runs one statement once per set of values, in order, in as few round trips as the database allows; returns how many
    /// rows changed in all.
    @discardableResult
    func execute(_ sql: String, batch: [[SQLValue]]) throws(StorageError) -> Int

    /// Inserts many rows by the fastest way there is: `COPY` on PostgreSQL.
    func insert(into table: String, columns: [String], rows: [[SQLValue]]) throws(StorageError)

    /// Wakes whoever waits for `key`, after this transaction has committed. Keys are short: at most 200 bytes. A key of the
    /// form `whole/part` wakes whoever waits for either.
    func announce(_ key: String)
}

extension SQLConnection {
    /// Runs one statement that always gives a row, because it reads no table, and returns that row.
    package func row(_ sql: String, _ values: [SQLValue] = []) throws(StorageError) -> SQLRow {
        guard let row = try query(sql, values).first else {
            throw StorageError(.corrupt, "A query that always gives a row gave none.")
        }
        return row
    }

    /// Holds a name until the commit: of several transactions that ask for it one goes on and the others wait. For what is
    /// counted before it is inserted, where no row is there to be locked. On SQLite every transaction that writes is alone.
    package func holdName(_ name: String) throws(StorageError) {
        guard !dialect.hasOneWriter else { return }
        _ = try query(
            "SELECT pg_advisory_xact_lock(hashtextextended('suisha.' || coalesce(current_schema(), '') || $1, 0))",
            [.text("." + name)])
    }

    package func query(_ sql: String) throws(StorageError) -> [SQLRow] { try query(sql, []) }

    @discardableResult
    package func execute(_ sql: String) throws(StorageError) -> Int { try execute(sql, []) }
}

/// The few words in which the databases differ.
package struct SQLDialect: Hashable, Sendable {
    /// Whether it is PostgreSQL; else it is SQLite.
    package let isPostgres: Bool

    package static let sqlite: SQLDialect = .init(isPostgres: false)
    package static let postgres: SQLDialect = .init(isPostgres: true)

    /// Whether transactions that write run one after the other, so that a lock is never waited for inside one.
    package var hasOneWriter: Bool { !isPostgres }

    /// Whether deleted rows stay in indexes until they are vacuumed.
    package var keepsDeadEntries: Bool { isPostgres }

    /// Ends a subselect that picks rows to change: nothing on SQLite, because it has one writer.
    package var skipLocked: String { isPostgres ? "FOR UPDATE SKIP LOCKED" : "" }

    /// Ends a select of rows that this transaction will change.
    package var forUpdate: String { isPostgres ? "FOR UPDATE" : "" }
}
