package import Model
package import Storage

/// Names and addresses from the accounts of this server.
package struct AccountDirectory: PeopleDirectory {
    private let database: any SQLDatabase

    package init(database: any SQLDatabase) {
        self.database = database
    }

    package func people(_ users: Set<UserID>) async throws -> [UserID: Person] {
        guard !users.isEmpty else { return [:] }
        return try await database.read { connection throws(StorageError) in
            var people: [UserID: Person] = [:]
            for row in try connection.query(
                "SELECT id, name, email, verified_at FROM users WHERE id \(connection.dialect.isAmong("$1"))",
                [connection.dialect.list(users)])
            {
                people[try row.id("id")] = Person(
                    name: try row.text("name"), email: try row.text("email"),
                    isVerified: try row.optionalTime("verified_at") != nil)
            }
            return people
        }
    }
}
