import Foundation

/// A database driver that the suites can run on.
package enum DatabaseDriver: String, CaseIterable, Sendable, CustomStringConvertible {
    case sqlite
    case postgres

    package var description: String { rawValue }

    /// The drivers that `TEST_DRIVERS` names, separated by commas; every driver without it.
    package static let selected: [DatabaseDriver] = {
        guard let names = ProcessInfo.processInfo.environment["TEST_DRIVERS"] else { return allCases }
        return names.split(separator: ",").compactMap { DatabaseDriver(rawValue: String($0)) }
    }()

    /// The URL of the PostgreSQL server for tests: `TEST_POSTGRES_URL`.
    static var postgresURL: String? { ProcessInfo.processInfo.environment["TEST_POSTGRES_URL"] }
}
