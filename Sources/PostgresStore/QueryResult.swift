import CLibpq
import Storage

/// Owns one result of libpq and frees it.
struct QueryResult: ~Copyable {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit { PQclear(pointer) }

    var status: ExecStatusType { PQresultStatus(pointer) }

    /// `INSERT`, `UPDATE`, `ROLLBACK` …, without the count.
    var command: String {
        String(String(cString: PQcmdStatus(pointer)).prefix { $0 != " " })
    }

    /// How many rows the statement changed; rows that it only read do not count.
    var changedRows: Int {
        command == "SELECT" ? 0 : Int(String(cString: PQcmdTuples(pointer))) ?? 0
    }

    /// The server's error; nil when there is none.
    func failure(_ place: String) -> StorageError? {
        switch status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_COPY_IN, PGRES_PIPELINE_SYNC, PGRES_EMPTY_QUERY: return nil
        default: break
        }
        let message = field(PostgresField.message) ?? String(cString: PQresultErrorMessage(pointer))
        guard let state = field(PostgresField.state) else { return .lost(place, message) }
        return StorageError(state: state, message: message, place: place)
    }

    private func field(_ code: Int32) -> String? {
        PQresultErrorField(pointer, code).map { String(cString: $0) }
    }

    /// All rows, converted by the types of their columns.
    var rows: [SQLRow] {
        let fields = 0..<PQnfields(pointer)
        let columns = SQLRow.Columns(fields.map { String(cString: PQfname(pointer, $0)) })
        let types = fields.map { PQftype(pointer, $0) }
        return (0..<PQntuples(pointer)).map { row in
            SQLRow(columns: columns, values: fields.map { value(row, $0, types[Int($0)]) })
        }
    }

    private func value(_ row: Int32, _ column: Int32, _ type: Oid) -> SQLValue {
        guard PQgetisnull(pointer, row, column) == 0, let start = PQgetvalue(pointer, row, column) else { return .null }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(pointer, row, column)))
        switch type {
        case PostgresType.bool: return .integer(bytes.first == UInt8(ascii: "t") ? 1 : 0)
        case PostgresType.int2, PostgresType.int4, PostgresType.int8, PostgresType.oid:
            return .integer(Int64(String(decoding: bytes, as: UTF8.self)) ?? 0)
        case PostgresType.float4, PostgresType.float8, PostgresType.numeric:
            return .double(Double(String(decoding: bytes, as: UTF8.self)) ?? .nan)
        case PostgresType.bytea: return .blob(Self.hexadecimal(bytes.dropFirst(2)))
        default: return .text(String(decoding: bytes, as: UTF8.self))
        }
    }

    private static func hexadecimal(_ digits: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        func value(_ digit: UInt8) -> UInt8 { digit < 0x3A ? digit - 0x30 : (digit | 0x20) - 0x57 }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var position = digits.startIndex
        while position + 1 < digits.endIndex {
            bytes.append(value(digits[position]) << 4 | value(digits[position + 1]))
            position += 2
        }
        return bytes
    }
}

/// Types whose numbers PostgreSQL fixed, from its `pg_type.dat`.
private enum PostgresType {
    static let bool: Oid = 16
    static let bytea: Oid = 17
    static let int8: Oid = 20
    static let int2: Oid = 21
    static let int4: Oid = 23
    static let oid: Oid = 26
    static let float4: Oid = 700
    static let float8: Oid = 701
    static let numeric: Oid = 1700
}

/// Fields of an error, from `postgres_ext.h`, whose macros are characters and so are not imported.
private enum PostgresField {
    static let state = Int32(UInt8(ascii: "C"))
    static let message = Int32(UInt8(ascii: "M"))
}
