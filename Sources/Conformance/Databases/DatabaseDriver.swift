import Foundation

/// A database driver that the suites can run on.
package enum DatabaseDriver: String, CaseIterable, Sendable, CustomStringConvertible {
    case sqlite
    case postgres

    package var description: String { rawValue }

    /// The drivers that `TEST_DRIVERS` names, separated by commas; every driver without it.
    package static let selected: [DatabaseDriver] =
        selectedNames?.compactMap(DatabaseDriver.init(rawValue:)) ?? allCases

    /// Names in `TEST_DRIVERS` that are no driver's.
    package static let unknownNames: [String] = selectedNames?.filter { DatabaseDriver(rawValue: $0) == nil } ?? []

    private static let selectedNames: [String]? = ProcessInfo.processInfo.environment["TEST_DRIVERS"]
        .map { $0.split(separator: ",").map(String.init) }

    /// The URL of the PostgreSQL server for tests: `TEST_POSTGRES_URL`.
    static var postgresURL: String? { ProcessInfo.processInfo.environment["TEST_POSTGRES_URL"] }
}
