import GRDB
import Storage

/// The bodies that share one transaction.
struct WriteGroup {
    private let limit: Int
    private let window: Duration
    private let path: String
    private var writes: [any AnyQueuedWrite] = []
    /// Set when SQLite itself rolled the transaction back, as it does when the disk is full: nobody's work remains.
    private var aborted: StorageError?
    private var keepsWork = false
    /// Whether a body that is kept changed a row, which other processes see.
    private var changesSomething = false

    /// What to announce once the group is committed.
    private(set) var announcements: Set<String> = []

    init(limit: Int, window: Duration, path: String) {
        self.limit = limit
        self.window = window
        self.path = path
    }

    var isEmpty: Bool { writes.isEmpty }

    /// Runs the bodies that `next` gives, within the limit and the window.
    ///
    /// The first body needs no savepoint: while nothing else is done, rolling back the transaction is the same.
    mutating func run(on database: Database, next: () -> (any AnyQueuedWrite)?) {
        let end = ContinuousClock.now + window
        while aborted == nil, writes.count < limit, let write = next() {
            guard write.begin() else { continue }
            runOne(write, on: database)
            if ContinuousClock.now >= end { return }
        }
    }

    private mutating func runOne(_ write: any AnyQueuedWrite, on database: Database) {
        writes.append(write)
        do {
            let connection = SQLiteConnection(database, path: path)
            if keepsWork { try database.execute(sql: "SAVEPOINT suisha_body") }
            let changesBefore = database.totalChangesCount
            let keep = write.run(on: connection)
            guard database.isInsideTransaction else {
                aborted =
                    connection.failure
                    ?? StorageError(.invalid, "SQLite database '\(path)': a body ended the transaction that it shares.")
                return
            }
            if keep {
                if database.totalChangesCount != changesBefore { changesSomething = true }
                if keepsWork { try database.execute(sql: "RELEASE suisha_body") }
                keepsWork = true
                announcements.formUnion(connection.announcements)
            } else if keepsWork {
                try database.execute(sql: "ROLLBACK TO suisha_body; RELEASE suisha_body")
            } else {
                try database.rollback()
                try database.beginTransaction(.immediate)
            }
        } catch {
            aborted = StorageError(grdb: error, path: path)
        }
    }

    /// Commits what the bodies did, or rolls back when that is impossible.
    func end(_ database: Database) throws {
        do {
            if let aborted { throw aborted }
            if !announcements.isEmpty, !changesSomething { try touch(database) }
            try database.commit()
        } catch {
            if database.isInsideTransaction { try database.rollback() }
            throw error
        }
    }

    /// Changes something that nobody reads: other processes see announcements by the change that came with them.
    private func touch(_ database: Database) throws {
        let version = try Int32.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        try database.execute(sql: "PRAGMA user_version = \(version == .max ? 0 : version + 1)")
    }

    /// Answers every caller.
    func finish(_ failure: StorageError?) {
        for write in writes { write.finish(failure) }
    }
}
