import Storage

extension StorageError {
    /// What an error reply means to a caller.
    static func reply(_ text: String, _ place: String) -> StorageError {
        let (code, advice): (Code, String) =
            switch text.prefix(while: { $0 != " " }) {
            case _ where isReadOnlyReply(text):
                (.unavailable, "It became a replica: the connection is closed and the master looked for. Try again.")
            case "LOADING", "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN": (.unavailable, "It is starting: try again.")
            case "NOREPLICAS": (.unavailable, "Too few replicas are connected: start them or try again.")
            case "BUSY": (.busy, "A script runs for too long there: try again, or end it with SCRIPT KILL.")
            case "OOM": (.full, "Its memory is used up: raise 'maxmemory'.")
            case "MISCONF": (.readOnly, "It cannot write to its disk: look at its log.")
            case "NOAUTH", "WRONGPASS": (.unavailable, "Check the user and the password in the URL of Redis.")
            case "NOPERM": (.unavailable, "Give that user the right to this command, these keys and channels.")
            case "NOPROTO": (.unavailable, "Redis 6 or newer is needed.")
            default: (.invalid, "This is an error in the program, or a Redis older than 6.")
            }
        return .init(code, "Redis at \(place) refused: \(text.prefix(300)). \(advice)")
    }

    /// Whether a server says that it is no master.
    static func isReadOnlyReply(_ text: String) -> Bool {
        // Redis 6 puts what happened in a script behind words of its own.
        text.hasPrefix("READONLY ") || (text.hasPrefix("ERR ") && text.contains("-READONLY "))
    }

    /// For those whose commands were under way when a connection ended.
    static func unanswered(_ reason: StorageError) -> StorageError {
        .init(
            .unavailable, "\(reason.message) What was under way may have been done or not; it is not repeated.",
            underlying: reason)
    }

    static func unreachable(_ place: String, _ reason: any Error) -> StorageError {
        .init(
            .unavailable,
            """
            Redis at \(place) cannot be reached: \(reason). Check that it runs, its address, and whether it wants TLS \
            (rediss://).
            """, underlying: reason)
    }

    static func lost(_ place: String, _ reason: String) -> StorageError {
        .init(.unavailable, "The connection to Redis at \(place) was lost: \(reason).")
    }

    static func late(_ place: String, _ limit: Duration) -> StorageError {
        .init(.unavailable, "Redis at \(place) did not answer within \(limit): the connection is closed. Try again.")
    }

    static func stillConnecting(_ place: String, _ limit: Duration) -> StorageError {
        .init(.unavailable, "Redis at \(place) is being connected, but not within \(limit). Try again.")
    }

    static func closed(_ place: String) -> StorageError {
        .init(.unavailable, "The connection to Redis at \(place) is closed.")
    }

    static let canceledCall = StorageError(.canceled, "The call to Redis was cancelled.")
}
