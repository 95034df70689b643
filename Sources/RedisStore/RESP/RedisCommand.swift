import NIOCore

/// One command with its arguments.
struct RedisCommand: Sendable {
    /// One piece of a command.
    enum Argument: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
        case text(String)
        case integer(Int64)
        case bytes(ByteBuffer)

        init(stringLiteral value: String) { self = .text(value) }
        init(integerLiteral value: Int64) { self = .integer(value) }
    }

    /// The name, then the rest.
    var words: [Argument]
    /// False for SUBSCRIBE, which RESP3 answers by a push.
    var isAnswered = true

    init(_ words: Argument...) {
        self.words = words
    }

    init(_ words: [Argument]) {
        self.words = words
    }
}

extension ByteBuffer {
    /// Writes the command as Redis reads it: an array of strings.
    mutating func write(_ command: RedisCommand) {
        writeHeader(UInt8(ascii: "*"), command.words.count)
        for word in command.words {
            switch word {
            case .text(let text): writeWord(text)
            case .integer(let number): writeWord(String(number))
            case .bytes(let bytes):
                writeHeader(UInt8(ascii: "$"), bytes.readableBytes)
                writeImmutableBuffer(bytes)
                writeStaticString("\r\n")
            }
        }
    }

    private mutating func writeWord(_ text: String) {
        writeHeader(UInt8(ascii: "$"), text.utf8.count)
        writeString(text)
        writeStaticString("\r\n")
    }

    private mutating func writeHeader(_ type: UInt8, _ count: Int) {
        writeInteger(type)
        writeString(String(count))
        writeStaticString("\r\n")
    }
}
