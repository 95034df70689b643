import Storage

/// One caller's view of a session, for as long as its body runs.
final class PostgresConnection: SQLConnection {
    let dialect: SQLDialect = .postgres
    /// What to announce once this body is committed.
    private(set) var announcements: Set<String> = []
    /// The first statement that failed: PostgreSQL refuses the rest of the transaction, even if the body goes on.
    private(set) var failure: StorageError?

    private let session: PostgresSession
    private let cancellation: CallCancellation
    private var ended = false

    init(_ session: PostgresSession, _ cancellation: CallCancellation) {
        self.session = session
        self.cancellation = cancellation
    }

    /// Refuses every later call: the body has returned.
    func end() { ended = true }

    func announce(_ key: String) {
        announcements.insert(key)
    }

    func query(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> [SQLRow] {
        try recording { () throws(StorageError) in try session.query(sql, values).rows }
    }

    func query(_ sql: String, batch: [[SQLValue]]) throws(StorageError) -> [[SQLRow]] {
        guard !batch.isEmpty else { return [] }
        return try recording { () throws(StorageError) in try session.query(sql, batch: batch) }
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> Int {
        try recording { () throws(StorageError) in try session.query(sql, values).changedRows }
    }

    func execute(_ sql: String, batch: [[SQLValue]]) throws(StorageError) -> Int {
        guard !batch.isEmpty else { return 0 }
        return try recording { () throws(StorageError) in try session.execute(sql, batch: batch) }
    }

    func insert(into table: String, columns: [String], rows: [[SQLValue]]) throws(StorageError) {
        guard !rows.isEmpty else { return }
        try recording { () throws(StorageError) in try session.copy(into: table, columns: columns, rows: rows) }
    }

    private func recording<Value>(_ work: () throws(StorageError) -> Value) throws(StorageError) -> Value {
        guard !ended else {
            throw StorageError(.invalid, "A database connection was used after the transaction that lent it.")
        }
        do {
            try cancellation.check()
            return try work()
        } catch {
            if failure == nil { failure = error }
            throw error
        }
    }
}
