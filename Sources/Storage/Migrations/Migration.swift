/// One numbered step of the schema, forward only, the same text for both databases wherever they agree.
package struct Migration: Sendable {
    /// 1, 2, 3 … without gaps.
    package let number: Int
    /// A few words: what it brings.
    package let name: String
    /// Statements for both databases.
    package let statements: [String]
    /// Statements that only PostgreSQL needs, run after the common ones.
    package let postgres: [String]
    /// Statements that only SQLite needs, run after the common ones.
    package let sqlite: [String]

    package init(
        number: Int, name: String, statements: [String], postgres: [String] = [], sqlite: [String] = []
    ) {
        self.number = number
        self.name = name
        self.statements = statements
        self.postgres = postgres
        self.sqlite = sqlite
    }

    /// Every migration, in order.
    package static let all: [Migration] = [
        .jobs, .liveJobs, .schedules, .outsideKinds, .roomForOutcomes, .holds, .storedObjects, .capTurns,
    ]
}
