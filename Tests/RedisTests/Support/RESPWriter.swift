import NIOCore

@testable import RedisStore

extension ByteBuffer {
    /// Writes a value as Redis sends it.
    mutating func write(_ value: RESPValue) {
        switch value {
        case .null: writeString("_\r\n")
        case .simple(let text): writeString("+\(text)\r\n")
        case .error(let text):
            writeString(text.contains { $0.isNewline } ? "!\(text.utf8.count)\r\n\(text)\r\n" : "-\(text)\r\n")
        case .integer(let number): writeString(":\(number)\r\n")
        case .double(let number): writeString(",\(number)\r\n")
        case .boolean(let truth): writeString(truth ? "#t\r\n" : "#f\r\n")
        case .bigNumber(let digits): writeString("(\(digits)\r\n")
        case .bulk(let bytes):
            writeString("$\(bytes.readableBytes)\r\n")
            writeImmutableBuffer(bytes)
            writeString("\r\n")
        case .verbatim(let format, let bytes):
            writeString("=\(bytes.readableBytes + 4)\r\n\(format):")
            writeImmutableBuffer(bytes)
            writeString("\r\n")
        case .array(let values): write("*", values.count, values)
        case .set(let values): write("~", values.count, values)
        case .push(let values): write(">", values.count, values)
        case .map(let values): write("%", values.count / 2, values)
        }
    }

    private mutating func write(_ type: String, _ count: Int, _ values: [RESPValue]) {
        writeString("\(type)\(count)\r\n")
        for value in values { write(value) }
    }
}
