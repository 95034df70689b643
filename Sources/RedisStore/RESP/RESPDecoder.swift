import NIOCore
import Storage

/// Reads replies of RESP2 and RESP3, in whatever pieces they come. What has been read is never read again.
///
/// Attributes are read and dropped. The streamed types of the draft, which Redis never sends, are refused.
struct RESPDecoder: NIOSingleStepByteToMessageDecoder {
    typealias InboundOut = RESPValue

    private let limits: RESPLimits
    /// The aggregates that have begun and not ended, the outermost first.
    private var open: [RESPAggregate] = []
    /// The bytes and values of this reply so far.
    private var bytes = 0
    private var values = 0

    init(limits: RESPLimits = .init()) {
        self.limits = limits
    }

    /// The next reply; nil when it has not come completely.
    ///
    /// - Throws: `corrupt` for what is no reply or a reply beyond the limits; the connection cannot be read any further.
    mutating func decode(buffer: inout ByteBuffer) throws(StorageError) -> RESPValue? {
        while true {
            let start = buffer.readerIndex
            guard let token = try token(&buffer) else {
                buffer.moveReaderIndex(to: start)
                return nil
            }
            bytes += buffer.readerIndex - start
            guard bytes <= limits.bytes else { throw Self.tooLarge("\(limits.bytes) bytes") }
            guard let reply = try place(token) else { continue }
            (bytes, values) = (0, 0)
            return reply
        }
    }

    /// As ``decode(buffer:)``: a reply that ends with the connection is no reply.
    mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws(StorageError) -> RESPValue? {
        try decode(buffer: &buffer)
    }

    // MARK: Tokens

    private enum Token {
        case value(RESPValue)
        case begin(RESPAggregate)
    }

    /// One value that is no aggregate, or the beginning of an aggregate.
    private mutating func token(_ buffer: inout ByteBuffer) throws(StorageError) -> Token? {
        guard let line = try line(&buffer) else { return nil }
        guard let type = line.first else { throw Self.malformed("an empty line") }
        let rest = line.dropFirst()
        switch type {
        case UInt8(ascii: "+"): return .value(.simple(String(decoding: rest, as: UTF8.self)))
        case UInt8(ascii: "-"): return .value(.error(String(decoding: rest, as: UTF8.self)))
        case UInt8(ascii: ":"): return .value(.integer(try Self.number(rest)))
        case UInt8(ascii: ","): return .value(.double(try Self.double(rest)))
        case UInt8(ascii: "("): return .value(.bigNumber(try Self.bigNumber(rest)))
        case UInt8(ascii: "#"): return .value(.boolean(try Self.boolean(rest)))
        case UInt8(ascii: "_"):
            guard rest.isEmpty else { throw Self.malformed("a null with content") }
            return .value(.null)
        case UInt8(ascii: "$"), UInt8(ascii: "!"), UInt8(ascii: "="): return try blob(type, rest, &buffer)
        default:
            guard let kind = RESPAggregate.Kind(rawValue: type) else {
                throw Self.malformed("the type byte \(type)")
            }
            return try begin(kind, rest)
        }
    }

    /// The bytes before the next CRLF, which is consumed with them.
    private func line(_ buffer: inout ByteBuffer) throws(StorageError) -> ByteBufferView? {
        let view = buffer.readableBytesView.prefix(limits.line + 2)
        guard let end = view.firstIndex(of: UInt8(ascii: "\r")), end + 1 < view.endIndex else {
            guard view.count <= limits.line else { throw Self.tooLarge("a line of \(limits.line) bytes") }
            return nil
        }
        guard view[end + 1] == UInt8(ascii: "\n") else { throw Self.malformed("a line that ends without a line feed") }
        buffer.moveReaderIndex(to: end + 2)
        return view[view.startIndex..<end]
    }

    private func blob(_ type: UInt8, _ length: ByteBufferView, _ buffer: inout ByteBuffer) throws(StorageError)
        -> Token?
    {
        let count = try Self.number(length)
        if count == -1, type == UInt8(ascii: "$") { return .value(.null) }
        guard count >= 0 else { throw Self.malformed("the length \(count)") }
        guard count <= limits.bytes - bytes else { throw Self.tooLarge("\(limits.bytes) bytes") }
        guard buffer.readableBytes >= Int(count) + 2 else { return nil }
        guard var content = buffer.readSlice(length: Int(count)), buffer.readBytes(length: 2) == Array("\r\n".utf8)
        else {
            throw Self.malformed("a string that is longer than its length \(count)")
        }
        switch type {
        case UInt8(ascii: "!"): return .value(.error(String(buffer: content)))
        case UInt8(ascii: "="):
            guard let format = content.readString(length: 3), content.readInteger() == UInt8(ascii: ":") else {
                throw Self.malformed("a verbatim string without a format")
            }
            return .value(.verbatim(format: format, content))
        default: return .value(.bulk(content))
        }
    }

    private mutating func begin(_ kind: RESPAggregate.Kind, _ length: ByteBufferView) throws(StorageError) -> Token {
        let count = try Self.number(length)
        if count == -1, kind == .array { return .value(.null) }
        guard count >= 0 else { throw Self.malformed("the length \(count)") }
        guard kind != .push || open.isEmpty else { throw Self.malformed("a push inside a reply") }
        guard count <= limits.values - values else { throw Self.tooLarge("\(limits.values) values") }
        let aggregate = RESPAggregate(kind: kind, count: Int(count))
        values += aggregate.count
        return .begin(aggregate)
    }

    // MARK: Aggregates

    /// Puts a token where it belongs; the reply when this was its last piece.
    private mutating func place(_ token: Token) throws(StorageError) -> RESPValue? {
        var complete: RESPValue
        switch token {
        case .value(let value): complete = value
        case .begin(let aggregate):
            guard aggregate.count == 0 else {
                guard open.count < limits.depth else { throw Self.tooLarge("\(limits.depth) levels") }
                open.append(aggregate)
                return nil
            }
            guard let empty = aggregate.value else { return nil }
            complete = empty
        }
        while let last = open.indices.last {
            open[last].items.append(complete)
            guard open[last].items.count == open[last].count else { return nil }
            guard let value = open.removeLast().value else { return nil }
            complete = value
        }
        return complete
    }
}

/// An array, or another value made of values, while its values come.
private struct RESPAggregate {
    /// By the byte that it begins with.
    enum Kind: UInt8 {
        case array = 0x2A
        case set = 0x7E
        case map = 0x25
        case push = 0x3E
        case attribute = 0x7C
    }

    let kind: Kind
    /// How many values it has; a map has two per entry.
    let count: Int
    var items: [RESPValue] = []

    init(kind: Kind, count: Int) {
        self.kind = kind
        self.count = kind == .map || kind == .attribute ? count * 2 : count
    }

    /// Nil for attributes, which nobody reads.
    var value: RESPValue? {
        switch kind {
        case .array: .array(items)
        case .set: .set(items)
        case .map: .map(items)
        case .push: .push(items)
        case .attribute: nil
        }
    }
}
