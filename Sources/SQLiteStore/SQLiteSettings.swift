package import Model
package import Storage

/// Where the SQLite file is and how many callers it serves at once.
package struct SQLiteSettings: Sendable {
    /// The database file. Its folder is made when it is missing.
    package var path: String
    /// How many reads run at once, each on a connection of its own.
    package var readers = 4
    /// How many reads may wait for a connection; more are `busy`.
    package var readQueue = 4096
    /// How many writes may wait; more are `busy`.
    package var writeQueue = 4096
    /// How long a call waits for its turn before it is `busy`.
    package var turnTimeout: Duration = .seconds(10)
    /// How long a write waits for another process that is writing.
    package var lockTimeout: Duration = .seconds(5)
    /// How many bodies one commit may carry.
    package var groupLimit = 256
    /// How long bodies may join a group before it commits.
    package var groupWindow: Duration = .milliseconds(2)
    /// How often to look for commits by other processes once somebody waits for signals.
    package var pollInterval: Duration = .milliseconds(150)
    /// What `now_us()` returns.
    package var clock: @Sendable () -> Timestamp = { .now }

    /// Settings for the file at `path`, with defaults for the rest.
    package init(path: String) {
        self.path = path
    }

    /// Reads `sqlite:/absolute/path.db` or `sqlite:relative.db`.
    ///
    /// - Throws: `invalid` for another scheme, an empty path, or a database in memory: each connection would see another.
    package init(url: String) throws(StorageError) {
        guard url.hasPrefix("sqlite:") else {
            throw StorageError(.invalid, "A SQLite database is named by sqlite:/path/to/file.db.")
        }
        var path = String(url.dropFirst("sqlite:".count))
        if path.hasPrefix("//") { path = String(path.dropFirst(2)) }
        guard !path.isEmpty, !path.contains("\0") else {
            throw StorageError(.invalid, "'\(url)' names no file; write sqlite:/path/to/file.db.")
        }
        guard !path.contains(":memory:"), !path.hasPrefix("file:"), !path.contains("?") else {
            throw StorageError(
                .invalid,
                """
                '\(url)' is refused: jobs must survive a restart, and every connection would see a database of its own. \
                Name a file without parameters, such as sqlite:/var/lib/suisha/suisha.db.
                """)
        }
        self.init(path: path)
    }
}
