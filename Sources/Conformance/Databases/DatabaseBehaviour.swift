import Storage

/// One promise of ``SQLDatabase`` that every driver keeps.
package struct DatabaseBehaviour: Sendable, CustomStringConvertible {
    /// The promise, as a sentence.
    package let description: String
    private let body: @Sendable (DatabaseTrial) async throws -> Void

    init(_ description: String, _ body: @escaping @Sendable (DatabaseTrial) async throws -> Void) {
        self.description = description
        self.body = body
    }

    /// Tries the promise on a new, empty database.
    ///
    /// - Throws: ``BrokenPromise``, or whatever the driver threw where it should not.
    package func check(_ fixture: DatabaseFixture) async throws {
        try await fixture.withDatabase(migrations: [], body)
    }

    /// Every promise.
    package static let all: [DatabaseBehaviour] =
        transactions + values + concurrency + limits + signals + migrations
}

extension DatabaseTrial {
    /// Runs one statement in a transaction of its own.
    @discardableResult
    func run(_ sql: String, _ values: [SQLValue] = []) async throws -> Int {
        try await database.write { connection throws(StorageError) in try connection.execute(sql, values) }
    }

    /// Reads rows.
    func rows(_ sql: String, _ values: [SQLValue] = []) async throws -> [SQLRow] {
        try await database.read { connection throws(StorageError) in try connection.query(sql, values) }
    }

    /// Reads the one integer of a statement's only row, in its column `n`.
    func number(_ sql: String, _ values: [SQLValue] = []) async throws -> Int64 {
        let rows = try await rows(sql, values)
        guard rows.count == 1 else { throw BrokenPromise(description: "\(rows.count) rows instead of one: \(sql)") }
        return try rows[0].integer("n")
    }

    /// Makes the table that most promises are tried on.
    func makeNotes() async throws {
        try await run("CREATE TABLE note (id BIGINT NOT NULL PRIMARY KEY, body TEXT)")
    }

    /// How many notes there are.
    func notes() async throws -> Int64 { try await number("SELECT COUNT(*) AS n FROM note") }

    /// Fails unless there are that many notes.
    func expectNotes(_ count: Int64) async throws {
        let found = try await notes()
        try expect(found == count, "there are \(found) notes instead of \(count)")
    }
}

extension SQLConnection {
    /// Adds a note.
    func addNote(_ id: Int64, _ body: String = "") throws(StorageError) {
        _ = try execute("INSERT INTO note (id, body) VALUES ($1, $2)", [.integer(id), .text(body)])
    }
}
