import NIOCore

/// What Redis answers, in the types of RESP3; RESP2 knows some of them.
enum RESPValue: Hashable, Sendable {
    case null
    case simple(String)
    /// An error reply: mostly a code in capitals, then a sentence.
    case error(String)
    case integer(Int64)
    case double(Double)
    case boolean(Bool)
    /// An integer of any length, as its digits.
    case bigNumber(String)
    case bulk(ByteBuffer)
    /// A text and the three letters that name its format, such as `txt`.
    case verbatim(format: String, ByteBuffer)
    case array([RESPValue])
    case set([RESPValue])
    /// Keys and values in turn, as they came.
    case map([RESPValue])
    /// What Redis says without being asked, such as a message of a channel.
    case push([RESPValue])
}

extension RESPValue {
    /// The text of a string of any kind; nil for other values.
    var text: String? {
        switch self {
        case .simple(let text): text
        case .bulk(let bytes), .verbatim(_, let bytes): String(buffer: bytes)
        default: nil
        }
    }

    /// The number of an integer; nil for other values.
    var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// The values of an array; nil for other values.
    var array: [RESPValue]? {
        if case .array(let values) = self { values } else { nil }
    }
}
