package import Model

/// Many rows of values as one parameter: `dialect.rows` reads it inside a statement.
///
/// So a batch is one statement and one round trip, however many rows it has. No column holds bytes.
package struct SQLRows {
    /// The type of a column.
    package enum Column: Sendable { case id, integer, double, text }

    private var json = "["
    private var count = 0

    package var isEmpty: Bool { count == 0 }

    package init() {}

    package init(_ rows: some Sequence<[SQLValue]>) {
        for row in rows { append(row) }
    }

    /// Adds a row, with a value for each column.
    package mutating func append(_ values: [SQLValue]) {
        json.append(count == 0 ? "[" : ",[")
        count += 1
        for (index, value) in values.enumerated() {
            if index > 0 { json.append(",") }
            switch value {
            case .null: json.append("null")
            case .integer(let number): json.append(String(number))
            case .double(let number): json.append(number.isFinite ? "\(number)" : "null")
            case .text(let text): append(text)
            case .blob: preconditionFailure("JSON has no bytes, and Column has no type for them.")
            }
        }
        json.append("]")
    }

    /// The parameter.
    package var value: SQLValue { .text(json + "]") }

    private mutating func append(_ text: String) {
        json.append("\"")
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) {
            json.append(text)
        } else {
            for character in text.unicodeScalars {
                switch character {
                case "\"": json.append("\\\"")
                case "\\": json.append("\\\\")
                case "\n": json.append("\\n")
                case _ where character.value < 0x20:
                    let digits = String(character.value, radix: 16)
                    json.append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
                default: json.unicodeScalars.append(character)
                }
            }
        }
        json.append("\"")
    }
}

extension SQLDialect {
    /// A table expression over a parameter made by ``SQLRows``: `(…) AS name`.
    package func rows(_ parameter: String, as name: String, _ columns: [(name: String, type: SQLRows.Column)]) -> String
    {
        let fields = columns.enumerated().map { index, column in
            isPostgres
                ? "(value ->> \(index))::\(column.type.postgres) AS \(column.name)"
                : "value ->> \(index) AS \(column.name)"
        }
        let source =
            isPostgres
            ? "json_array_elements(\(parameter)::json) AS given (value)" : "json_each(\(parameter)) AS given"
        return "(SELECT \(fields.joined(separator: ", ")) FROM \(source)) AS \(name)"
    }

    /// Ends a condition: `job \(dialect.isAmong("$1"))`, for a parameter made by ``list(_:)``.
    package func isAmong(_ parameter: String, _ type: SQLRows.Column = .id) -> String {
        isPostgres ? "= ANY(\(parameter)::\(type.postgres)[])" : "IN (SELECT value FROM json_each(\(parameter)))"
    }

    /// Ids as one parameter.
    package func list<Kind>(_ ids: some Sequence<Identifier<Kind>>) -> SQLValue {
        isPostgres
            ? .text("{" + ids.map(\.sql).joined(separator: ",") + "}")
            : .text("[" + ids.map { "\"\($0.sql)\"" }.joined(separator: ",") + "]")
    }

    /// Texts as one parameter.
    package func list(_ texts: some Sequence<String>) -> SQLValue {
        let quoted = texts.map { text in
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        let list = quoted.joined(separator: ",")
        return .text(isPostgres ? "{\(list)}" : "[\(list)]")
    }
}

extension SQLRows.Column {
    fileprivate var postgres: String {
        switch self {
        case .id: "uuid"
        case .integer: "bigint"
        case .double: "double precision"
        case .text: "text"
        }
    }
}
