import Storage

/// The values of one statement in the form that libpq takes: texts, and bytes as they are.
struct StatementParameters {
    private var bytes: [UInt8] = []
    private var offsets: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    /// - Throws: `invalid` for a text with a NUL character and for NaN, as on SQLite.
    init(_ values: [SQLValue]) throws(StorageError) {
        offsets.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            switch value {
            case .null: append(nil, isBinary: false)
            case .blob(let blob): append(blob, isBinary: true)
            default: append(try value.text(number: index + 1).utf8, isBinary: false)
            }
        }
    }

    private mutating func append(_ content: (some Collection<UInt8>)?, isBinary: Bool) {
        offsets.append(content == nil ? nil : bytes.count)
        lengths.append(Int32(content?.count ?? 0))
        formats.append(isBinary ? 1 : 0)
        if let content {
            bytes.append(contentsOf: content)
            bytes.append(0)
        }
    }

    private mutating func append(_ nothing: Never?, isBinary: Bool) {
        append([UInt8]?.none, isBinary: isBinary)
    }

    /// Lends the values to `body`: their number, pointers to them, lengths and formats.
    func withPointers<Value>(
        _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Value
    ) -> Value {
        bytes.withUnsafeBytes { buffer in
            let start = buffer.bindMemory(to: CChar.self).baseAddress
            let pointers = offsets.map { offset in offset.flatMap { start?.advanced(by: $0) } }
            return body(Int32(pointers.count), pointers, lengths, formats)
        }
    }
}

extension SQLValue {
    /// PostgreSQL's text form of a value that is neither null nor a blob.
    func text(number: Int) throws(StorageError) -> String {
        switch self {
        case .integer(let value): return String(value)
        case .double(let value) where value.isNaN:
            throw StorageError(.invalid, "The value for $\(number) is not a number (NaN).")
        case .double(let value) where value.isInfinite: return value < 0 ? "-Infinity" : "Infinity"
        case .double(let value): return value.description
        case .text(let value):
            guard !value.utf8.contains(0) else {
                throw StorageError(
                    .invalid, "The text for $\(number) contains a NUL character, which no database stores.")
            }
            return value
        case .null, .blob: return ""
        }
    }
}
