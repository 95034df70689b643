import Storage

/// An error of the server with its SQLSTATE, kept beside the `StorageError` made of it.
struct PostgresFailure: Error {
    let state: String
    let message: String

    /// Whether the same transaction may well succeed when it runs again.
    var isRetriable: Bool { state == "40001" || state == "40P01" || isStalePlan }

    /// Whether the schema changed under a prepared statement: the session's statements have to be prepared again.
    var isStalePlan: Bool { state == "0A000" && message.contains("cached plan") }
}

extension StorageError {
    /// What an error of the server means for callers. `DETAIL` is left out: it quotes the row.
    init(state: String, message: String, place: String) {
        let (code, advice): (Code, String) =
            switch state {
            case "23505", "23P01": (.conflict, "Such a row is there already.")
            case "40001", "40P01": (.busy, "Concurrent transactions collided too often: try again.")
            case "55P03": (.busy, "A lock is held by another transaction: try again.")
            case "57014": (.busy, "The statement was stopped; statement_timeout in the URL sets how long one may run.")
            case "25P03": (.unavailable, "This process stood still inside a transaction, which is undone: try again.")
            case "53300": (.busy, "Raise max_connections on the server, or lower pool_max in the URL.")
            // The second is how a standby refuses to begin a transaction that writes.
            case "25006",
                "0A000" where message.contains("during recovery"):
                (.readOnly, "This transaction or server only reads: use read-write hosts, or wait for failover.")
            case "53100": (.full, "The server's disk is full: free some space.")
            case "54000"..."54999": (.tooLarge, "The statement or a value is larger than PostgreSQL allows.")
            case "26000":
                (.invalid, "Behind a pooler in transaction mode, put prepare=false into the database URL.")
            case "57P01", "57P02", "57P03", "57P05": (.unavailable, "The server is stopping or starting: try again.")
            case "08P01": (.invalid, "The statement's parameters must be one for each value given.")
            case "08000"..."08ZZZ", "53200", "58000"..."58ZZZ": (.unavailable, "Look at the server's log.")
            case "28000"..."28ZZZ": (.unavailable, "Check the user and the password in the database URL.")
            case "3D000": (.unavailable, "Create that database, or correct its name in the database URL.")
            case "42501": (.readOnly, "Grant the user of the database URL that right.")
            case "XX001", "XX002": (.corrupt, "The server's data is damaged: stop, and restore a backup.")
            default: (.invalid, "The statement is wrong for this schema.")
            }
        self.init(
            code, "PostgreSQL at \(place): \(message) (\(state)). \(advice)",
            underlying: PostgresFailure(state: state, message: message))
    }

    /// The connection broke.
    static func lost(_ place: String, _ message: String) -> StorageError {
        .init(
            .unavailable, "PostgreSQL at \(place): the connection was lost (\(message.oneLine)). Try again.",
            underlying: ConnectionLoss())
    }

    /// No connection could be made.
    static func unreachable(_ place: String, _ message: String) -> StorageError {
        let message = message.oneLine
        let advice =
            if message.contains("authentication failed") || message.contains("no password supplied") {
                "Check the user and the password in the database URL."
            } else if message.contains("does not exist") {
                "Create it, or correct the database URL."
            } else if message.contains("too many") || message.contains("remaining connection slots") {
                "Raise max_connections on the server, or lower pool_max in the URL."
            } else {
                "Check that the server runs there and that this host may reach it."
            }
        return .init(
            .unavailable, "PostgreSQL at \(place) cannot be reached: \(message). \(advice)",
            underlying: ConnectionLoss())
    }

    static func closed(_ place: String) -> StorageError {
        .init(.unavailable, "The connections to PostgreSQL at \(place) are closed.")
    }

    /// Whether the connection is gone, rather than the statement wrong.
    var isConnectionLoss: Bool {
        if underlying is ConnectionLoss { return true }
        guard let failure = underlying as? PostgresFailure else { return false }
        return failure.state.hasPrefix("57P0") || (failure.state.hasPrefix("08") && failure.state != "08P01")
    }

    /// Whether the transaction is worth running again.
    var isRetriable: Bool { (underlying as? PostgresFailure)?.isRetriable ?? false }

    /// Whether the session that gave this error should not be used again.
    var isStalePlan: Bool { (underlying as? PostgresFailure)?.isStalePlan ?? false }
}

/// Marks errors after which a connection is replaced.
struct ConnectionLoss: Error {}

extension String {
    /// libpq's messages end in line breaks and sometimes have several lines.
    fileprivate var oneLine: String {
        split(whereSeparator: \.isNewline).map { $0.trimmingPrefix(while: \.isWhitespace) }.joined(separator: "; ")
    }
}
