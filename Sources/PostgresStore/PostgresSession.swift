import CLibpq
import Storage

/// One connection to the server. Every call blocks; it stays on the queue of the `PostgresLink` that opened it.
final class PostgresSession {
    /// How many statements a session keeps prepared; after that, others run unprepared.
    private static let preparedLimit = 512
    /// Sets of values of a batch that are sent before the results are read. They, or the results, fit the socket's buffer, so
    /// server and client never both wait for the other to read.
    private static let pipelineLength = 128

    let place: String
    let openedAt = ContinuousClock.now
    private let pointer: OpaquePointer
    private let preparesStatements: Bool
    private var prepared: [String: String] = [:]

    /// Connects within the URL's `connect_timeout`, or 10 seconds.
    init(url: String, settings: PostgresSettings) throws(StorageError) {
        place = settings.place
        preparesStatements = settings.preparesStatements
        // What stands before dbname gives way to the URL.
        let keywords: [(String, String)] = [
            ("connect_timeout", "10"), ("keepalives_idle", "30"), ("keepalives_interval", "10"),
            ("keepalives_count", "3"), ("tcp_user_timeout", "30000"), ("fallback_application_name", "suisha"),
            ("client_encoding", "UTF8"), ("dbname", url),
        ]
        guard let pointer = Self.connect(keywords) else {
            throw StorageError(.unavailable, "PostgreSQL at \(place): no memory for a connection.")
        }
        guard PQstatus(pointer) == CONNECTION_OK else {
            defer { PQfinish(pointer) }
            throw .unreachable(place, String(cString: PQerrorMessage(pointer)))
        }
        self.pointer = pointer
        PQsetNoticeProcessor(pointer, { _, _ in }, nil)
    }

    deinit { PQfinish(pointer) }

    private static func connect(_ options: [(keyword: String, value: String)]) -> OpaquePointer? {
        // NUL-terminated texts that live as long as the call.
        let keywords = options.map { Array($0.keyword.utf8CString) }
        let values = options.map { Array($0.value.utf8CString) }
        return withPointers(keywords) { keywords in
            withPointers(values) { values in PQconnectdbParams(keywords, values, 1) }
        }
    }

    private static func withPointers<Value>(
        _ texts: [[CChar]], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
    ) -> Value {
        let flat = texts.flatMap { $0 }
        return flat.withUnsafeBufferPointer { buffer in
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = texts.map { text in
                defer { offset += text.count }
                return buffer.baseAddress?.advanced(by: offset)
            }
            pointers.append(nil)
            return body(pointers)
        }
    }

    /// Whether the connection broke.
    var isLost: Bool { PQstatus(pointer) != CONNECTION_OK }
    /// Whether a transaction is open, failed or not.
    var isInTransaction: Bool { PQtransactionStatus(pointer) != PQTRANS_IDLE }

    /// The connection's socket, to wait on.
    var socket: Int32 { PQsocket(pointer) }

    /// Stops the statement that runs on the server, from any thread.
    private(set) lazy var canceler: StatementCanceler? = PQgetCancel(pointer).map(StatementCanceler.init)

    /// Runs statements without parameters, several in one round trip.
    func run(_ sql: String) throws(StorageError) {
        try check(PQexec(pointer, sql))
    }

    /// Runs one statement, prepared when that is allowed.
    func query(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> QueryResult {
        let parameters = try StatementParameters(values)
        let name = try prepare(sql)
        let pointer = pointer
        let result = parameters.withPointers { count, values, lengths, formats in
            if let name {
                PQexecPrepared(pointer, name, count, values, lengths, formats, 0)
            } else {
                PQexecParams(pointer, sql, count, nil, values, lengths, formats, 0)
            }
        }
        return try checked(result)
    }

    /// Runs one statement for each set of values, without waiting for each answer; returns how many rows changed.
    func execute(_ sql: String, batch: [[SQLValue]]) throws(StorageError) -> Int {
        var changed = 0
        try pipeline(sql, batch) { changed += $0.changedRows }
        return changed
    }

    /// Runs one statement for each set of values, without waiting for each answer; returns the rows of each.
    func query(_ sql: String, batch: [[SQLValue]]) throws(StorageError) -> [[SQLRow]] {
        var rows: [[SQLRow]] = []
        rows.reserveCapacity(batch.count)
        try pipeline(sql, batch) { rows.append($0.rows) }
        return rows
    }

    private func pipeline(
        _ sql: String, _ batch: [[SQLValue]], _ body: (borrowing QueryResult) -> Void
    ) throws(StorageError) {
        let name = try prepare(sql)
        for start in stride(from: 0, to: batch.count, by: Self.pipelineLength) {
            var parameters: [StatementParameters] = []
            for values in batch[start..<min(start + Self.pipelineLength, batch.count)] {
                parameters.append(try StatementParameters(values))
            }
            try pipeline(sql, name, parameters, body)
        }
    }

    private func pipeline(
        _ sql: String, _ name: String?, _ batch: [StatementParameters], _ body: (borrowing QueryResult) -> Void
    ) throws(StorageError) {
        guard PQenterPipelineMode(pointer) == 1 else { throw loss }
        defer { PQexitPipelineMode(pointer) }
        let pointer = pointer
        for parameters in batch {
            let sent = parameters.withPointers { count, values, lengths, formats in
                if let name {
                    PQsendQueryPrepared(pointer, name, count, values, lengths, formats, 0)
                } else {
                    PQsendQueryParams(pointer, sql, count, nil, values, lengths, formats, 0)
                }
            }
            guard sent == 1 else { throw loss }
        }
        guard PQpipelineSync(pointer) == 1 else { throw loss }
        try pipelineResults(body)
    }

    /// Reads up to the mark that ends the pipeline; the first error is the one that counts.
    private func pipelineResults(_ body: (borrowing QueryResult) -> Void) throws(StorageError) {
        var failure: StorageError?
        while true {
            guard let next = PQgetResult(pointer) else {
                if isLost { throw failure ?? loss }
                continue
            }
            let result = QueryResult(next)
            if result.status == PGRES_PIPELINE_SYNC { break }
            if failure == nil { failure = result.failure(place) }
            if failure == nil { body(result) }
        }
        if let failure { throw failure }
    }

    /// Copies rows into a table.
    func copy(into table: String, columns: [String], rows: [[SQLValue]]) throws(StorageError) {
        let statement = "COPY \(table) (\(columns.joined(separator: ", "))) FROM STDIN"
        let encoder = CopyEncoder()
        // Encoded before COPY begins, so that a value that cannot be stored leaves the connection as it was.
        let chunks = try encoder.chunks(rows)
        let begun = try checked(PQexec(pointer, statement))
        guard begun.status == PGRES_COPY_IN else { throw loss }
        for chunk in chunks {
            let sent = chunk.withUnsafeBytes { bytes in
                PQputCopyData(pointer, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count))
            }
            guard sent == 1 else { throw loss }
        }
        guard PQputCopyEnd(pointer, nil) == 1 else { throw loss }
        var failure: StorageError?
        while let next = PQgetResult(pointer) {
            let result = QueryResult(next)
            if failure == nil { failure = result.failure(place) }
        }
        if let failure { throw failure }
    }

    /// Notifications that have arrived; reads what is in the socket and does not wait.
    func notifications() throws(StorageError) -> [String] {
        guard PQconsumeInput(pointer) == 1 else { throw loss }
        var payloads: [String] = []
        while let notification = PQnotifies(pointer) {
            payloads.append(String(cString: notification.pointee.extra))
            PQfreemem(notification)
        }
        return payloads
    }

    private func prepare(_ sql: String) throws(StorageError) -> String? {
        guard preparesStatements else { return nil }
        if let name = prepared[sql] { return name }
        guard prepared.count < Self.preparedLimit else { return nil }
        let name = "suisha_\(prepared.count + 1)"
        try check(PQprepare(pointer, name, sql, 0, nil))
        prepared[sql] = name
        return name
    }

    private var loss: StorageError { .lost(place, String(cString: PQerrorMessage(pointer))) }

    private func check(_ result: OpaquePointer?) throws(StorageError) {
        _ = try checked(result)
    }

    private func checked(_ result: OpaquePointer?) throws(StorageError) -> QueryResult {
        guard let result else { throw loss }
        let owned = QueryResult(result)
        if let failure = owned.failure(place) { throw failure }
        return owned
    }
}
