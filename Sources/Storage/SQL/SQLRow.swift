package import Model

/// One row of a result.
///
/// Reading a column as what it is not means that the schema and the program disagree: that is `corrupt`.
package struct SQLRow: Sendable {
    private let columns: Columns
    package let values: [SQLValue]

    /// The names of a result's columns, shared by its rows.
    package final class Columns: Sendable {
        package let names: [String]
        fileprivate let positions: [String: Int]

        package init(_ names: [String]) {
            self.names = names
            positions = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
        }
    }

    package init(columns: Columns, values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    /// The column of that name; a missing column is an error of the program.
    package subscript(_ name: String) -> SQLValue {
        get throws(StorageError) {
            guard let position = columns.positions[name] else {
                throw StorageError(.corrupt, "The result has no column '\(name)', only \(columns.names).")
            }
            return values[position]
        }
    }

    package func integer(_ name: String) throws(StorageError) -> Int64 {
        guard let value = try optionalInteger(name) else { throw wrong(name, "an integer") }
        return value
    }

    package func optionalInteger(_ name: String) throws(StorageError) -> Int64? {
        switch try self[name] {
        case .integer(let value): return value
        case .double(let value) where value == value.rounded() && abs(value) < 9e15: return Int64(value)
        case .null: return nil
        default: throw wrong(name, "an integer")
        }
    }

    package func bool(_ name: String) throws(StorageError) -> Bool { try integer(name) != 0 }

    package func optionalDouble(_ name: String) throws(StorageError) -> Double? {
        switch try self[name] {
        case .double(let value): return value
        case .integer(let value): return Double(value)
        case .null: return nil
        default: throw wrong(name, "a number")
        }
    }

    package func text(_ name: String) throws(StorageError) -> String {
        guard let value = try optionalText(name) else { throw wrong(name, "a text") }
        return value
    }

    package func optionalText(_ name: String) throws(StorageError) -> String? {
        switch try self[name] {
        case .text(let value): return value
        case .null: return nil
        default: throw wrong(name, "a text")
        }
    }

    package func id<Kind>(_ name: String) throws(StorageError) -> Identifier<Kind> {
        guard let id: Identifier<Kind> = try optionalID(name) else { throw wrong(name, "a UUID") }
        return id
    }

    package func optionalID<Kind>(_ name: String) throws(StorageError) -> Identifier<Kind>? {
        guard let text = try optionalText(name) else { return nil }
        guard let id = Identifier<Kind>(sql: text) else { throw wrong(name, "a UUID") }
        return id
    }

    package func time(_ name: String) throws(StorageError) -> Timestamp {
        .init(microseconds: try integer(name))
    }

    package func optionalTime(_ name: String) throws(StorageError) -> Timestamp? {
        try optionalInteger(name).map { .init(microseconds: $0) }
    }

    package func json(_ name: String) throws(StorageError) -> JSONText { .init(trusted: try text(name)) }

    package func optionalJSON(_ name: String) throws(StorageError) -> JSONText? {
        try optionalText(name).map { .init(trusted: $0) }
    }

    private func wrong(_ name: String, _ expected: String) -> StorageError {
        StorageError(.corrupt, "Column '\(name)' is not \(expected).")
    }
}
