import GRDB
import GRDBSQLite
import Storage

/// One caller's view of a connection, for as long as its body runs.
///
/// Statements are compiled and cached by GRDB; binding and stepping go to SQLite directly, because GRDB's named arguments
/// cost a dictionary for every call.
final class SQLiteConnection: SQLConnection {
    let dialect: SQLDialect = .sqlite
    /// What to announce once this body is committed.
    private(set) var announcements: [String] = []
    /// The first statement that failed: the body is rolled back even if it went on.
    private(set) var failure: StorageError?

    private let database: Database
    private let path: String
    private var ended = false

    init(_ database: Database, path: String) {
        self.database = database
        self.path = path
    }

    /// Refuses every later call: the body has returned.
    func end() { ended = true }

    func announce(_ key: String) {
        announcements.append(key)
    }

    func query(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> [SQLRow] {
        try recording { () throws(StorageError) in
            let statement = try prepared(sql)
            return try rows(of: statement, values, SQLRow.Columns(statement.columnNames))
        }
    }

    func query(_ sql: String, batch: [[SQLValue]]) throws(StorageError) -> [[SQLRow]] {
        try recording { () throws(StorageError) in
            let statement = try prepared(sql)
            let columns = SQLRow.Columns(statement.columnNames)
            var results: [[SQLRow]] = []
            for values in batch { results.append(try rows(of: statement, values, columns)) }
            return results
        }
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> Int {
        try recording { () throws(StorageError) in try change(try prepared(sql), values) }
    }

    func execute(_ sql: String, batch: [[SQLValue]]) throws(StorageError) -> Int {
        try recording { () throws(StorageError) in
            let statement = try prepared(sql)
            var changed = 0
            for values in batch { changed += try change(statement, values) }
            return changed
        }
    }

    func insert(into table: String, columns: [String], rows: [[SQLValue]]) throws(StorageError) {
        let places = columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let names = columns.joined(separator: ", ")
        _ = try execute("INSERT INTO \(table) (\(names)) VALUES (\(places))", batch: rows)
    }

    private func recording<Value>(_ work: () throws(StorageError) -> Value) throws(StorageError) -> Value {
        guard !ended else {
            throw StorageError(.invalid, "A database connection was used after the transaction that lent it.")
        }
        do {
            return try work()
        } catch {
            if failure == nil { failure = error }
            throw error
        }
    }

    private func prepared(_ sql: String) throws(StorageError) -> Statement {
        do {
            return try database.cachedStatement(sql: sql)
        } catch {
            throw StorageError(grdb: error, path: path)
        }
    }

    private func rows(
        of statement: Statement, _ values: [SQLValue], _ columns: SQLRow.Columns
    ) throws(StorageError) -> [SQLRow] {
        var rows: [SQLRow] = []
        try run(statement, values) { handle in rows.append(SQLRow(columns: columns, values: handle.columnValues)) }
        return rows
    }

    private func change(_ statement: Statement, _ values: [SQLValue]) throws(StorageError) -> Int {
        let before = sqlite3_total_changes(database.sqliteConnection)
        try run(statement, values) { _ in }
        let after = sqlite3_total_changes(database.sqliteConnection)
        return after == before ? 0 : Int(sqlite3_changes(database.sqliteConnection))
    }

    private func run(
        _ statement: Statement, _ values: [SQLValue], row: (SQLiteStatement) -> Void
    ) throws(StorageError) {
        let handle = statement.sqliteStatement
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        try handle.bind(values)
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: row(handle)
            case SQLITE_DONE: return
            case let code:
                let extended = sqlite3_extended_errcode(database.sqliteConnection)
                throw StorageError(
                    sqlite: extended & 0xFF == code & 0xFF ? extended : code,
                    message: String(cString: sqlite3_errmsg(database.sqliteConnection)), path: path)
            }
        }
    }
}
