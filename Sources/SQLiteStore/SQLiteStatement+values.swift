import Foundation
import GRDB
import GRDBSQLite
import Storage

extension SQLiteStatement {
    /// The columns of the current row.
    var columnValues: [SQLValue] {
        (0..<sqlite3_column_count(self)).map { column in
            switch sqlite3_column_type(self, column) {
            case SQLITE_INTEGER: .integer(sqlite3_column_int64(self, column))
            case SQLITE_FLOAT: .double(sqlite3_column_double(self, column))
            case SQLITE_TEXT:
                .text(
                    String(
                        decoding: UnsafeBufferPointer(
                            start: sqlite3_column_text(self, column), count: Int(sqlite3_column_bytes(self, column))),
                        as: UTF8.self))
            case SQLITE_BLOB:
                .blob(
                    Array(
                        UnsafeRawBufferPointer(
                            start: sqlite3_column_blob(self, column), count: Int(sqlite3_column_bytes(self, column)))))
            default: .null
            }
        }
    }

    /// Binds `$1`, `$2` … to the values in order.
    ///
    /// To SQLite `$2` is a name, numbered by where it first stands in the statement; here it is the second value, as on
    /// PostgreSQL.
    func bind(_ values: [SQLValue]) throws(StorageError) {
        guard Int(sqlite3_bind_parameter_count(self)) == values.count else {
            throw StorageError(
                .invalid, "A statement's parameters must be $1 to $\(values.count), one for each value given.")
        }
        for index in 0..<sqlite3_bind_parameter_count(self) {
            guard let name = sqlite3_bind_parameter_name(self, index + 1), let number = Int(String(cString: name + 1)),
                values.indices.contains(number - 1)
            else {
                throw StorageError(
                    .invalid, "A statement's parameters must be $1 to $\(values.count), one for each value given.")
            }
            try bind(values[number - 1], at: index + 1, number: number)
        }
    }

    private func bind(_ value: SQLValue, at index: Int32, number: Int) throws(StorageError) {
        let code =
            switch value {
            case .null: sqlite3_bind_null(self, index)
            case .integer(let value): sqlite3_bind_int64(self, index, value)
            case .double(let value): try bind(double: value, at: index, number: number)
            case .text(let value): try bind(text: value, at: index, number: number)
            case .blob(let value) where value.isEmpty: sqlite3_bind_zeroblob(self, index, 0)
            case .blob(let value):
                value.withUnsafeBytes { sqlite3_bind_blob64(self, index, $0.baseAddress, UInt64($0.count), transient) }
            }
        guard code == SQLITE_OK else {
            throw StorageError(
                code == SQLITE_TOOBIG ? .tooLarge : .invalid, "The value for $\(number) does not fit: code \(code).")
        }
    }

    private func bind(double: Double, at index: Int32, number: Int) throws(StorageError) -> Int32 {
        guard !double.isNaN else { throw StorageError(.invalid, "The value for $\(number) is not a number (NaN).") }
        return sqlite3_bind_double(self, index, double)
    }

    private func bind(text: String, at index: Int32, number: Int) throws(StorageError) -> Int32 {
        var text = text
        let code: Int32? = text.withUTF8 { bytes in
            guard !bytes.contains(0) else { return nil }
            return bytes.withMemoryRebound(to: CChar.self) { bytes in
                guard let start = bytes.baseAddress else { return sqlite3_bind_text(self, index, "", 0, transient) }
                return sqlite3_bind_text64(
                    self, index, start, UInt64(bytes.count), transient, UInt8(SQLITE_UTF8))
            }
        }
        guard let code else {
            throw StorageError(.invalid, "The text for $\(number) contains a NUL character, which no database stores.")
        }
        return code
    }
}

/// Tells SQLite to copy what it is given: the C macro `SQLITE_TRANSIENT` is this cast, which Swift cannot import.
private var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
