/// A relational database: SQLite in one file, or PostgreSQL.
package protocol SQLDatabase: Sendable {
    /// Words that differ between the databases.
    var dialect: SQLDialect { get }

    /// Runs `body` on a connection that sees one consistent state and cannot write.
    ///
    /// - Throws: `busy` when no connection came free within the pool's deadline, `unavailable` when the database is gone.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value

    /// Runs `body` in one transaction and returns after it is durable. If `body` throws, nothing of it remains.
    ///
    /// SQLite commits several callers' bodies together, each under a savepoint of its own. `body` may run again after a
    /// deadlock or a serialization failure, so its only effects are on the connection. Cancellation before the commit rolls
    /// back; after it, the value is returned all the same.
    func write<Value: Sendable>(
        _ manner: WriteManner,
        _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value

    /// A signal for each announcement of `key` by any process; signals that come faster than they are read merge into one.
    ///
    /// Subscribed before this returns: what is announced afterwards is seen. A lost connection to the database is followed
    /// by one signal, because announcements may have been missed.
    func signals(for key: String) -> AsyncStream<Void>

    /// Which parts of `whole` are announced by any process from now on, as keys of the form `whole/part`.
    ///
    /// Until it is dropped. A lost connection to the database is followed by the word that anything may have changed.
    func changedParts(of whole: String) -> ChangedParts

    /// Lets announcements between processes travel over a bus from now on, and by the database itself while the bus is away.
    /// Nothing is lost by it for long: whoever hears the bus again hears one signal.
    func carryAnnouncements(over bus: any InvalidationBus)

    /// Brings the schema up to date and returns the numbers of the migrations that it ran. Several processes may call it at
    /// once. A database that is newer than this program is refused.
    func migrate(_ migrations: [Migration]) async throws(StorageError) -> [Int]

    /// The numbers of the migrations that ran, in order; empty for a new database.
    func appliedMigrations() async throws(StorageError) -> [Int]

    /// Closes every connection after the calls under way, within a few seconds.
    func close() async
}

/// How a transaction that writes waits.
package enum WriteManner: Hashable, Sendable {
    /// Its commit waits for the disk.
    case durable
    /// Its commit waits for nothing: a crash of the database server may undo it. For what can be derived again. SQLite commits
    /// durably all the same.
    case derived
    /// Durable, and ahead of every call that waits for its turn, however many those are. For signs of life, without which
    /// work under way would be lost; rare and short.
    case urgent
}

extension SQLDatabase {
    /// Runs `body` in one durable transaction.
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await write(.durable, body)
    }

    /// Announces a key on its own, without any other change.
    package func announce(_ key: String) async throws(StorageError) {
        try await write { connection throws(StorageError) in connection.announce(key) }
    }
}
