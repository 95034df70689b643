import NIOCore

/// Reads `text/event-stream` as the HTML standard describes it, from pieces cut anywhere.
struct EventStreamParser {
    /// One event.
    struct Event: Equatable, Sendable {
        /// The last id that the stream gave; resume from it.
        var id: String?
        var type: String
        var data: String
    }

    /// Why a stream cannot be read on.
    struct TooLong: Error {}

    /// What the server asked to wait before a new connection.
    private(set) var retryMilliseconds: Int?
    private(set) var lastID: String?
    private var line: [UInt8] = []
    private var endedWithReturn = false
    private var type = ""
    private var data: [String] = []
    private var isFirstLine = true

    private static let longestLine = 4 << 20

    /// Takes the next bytes and returns the events that they complete.
    mutating func feed(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                defer { endedWithReturn = byte == UInt8(ascii: "\r") }
                // A return and a line feed end one line together.
                if byte == UInt8(ascii: "\n") && endedWithReturn { continue }
                if let event = endLine() { events.append(event) }
            } else {
                endedWithReturn = false
                line.append(byte)
                if line.count > Self.longestLine { throw TooLong() }
            }
        }
        return events
    }

    private mutating func endLine() -> Event? {
        var text = String(decoding: line, as: UTF8.self)
        line.removeAll(keepingCapacity: true)
        if isFirstLine, text.hasPrefix("\u{FEFF}") { text.removeFirst() }
        isFirstLine = false
        if text.isEmpty { return dispatch() }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts[0]
        var value = parts.count > 1 ? parts[1] : ""
        if value.first == " " { value = value.dropFirst() }
        switch name {
        case "event": type = String(value)
        case "data": data.append(String(value))
        case "id": if !value.contains("\0") { lastID = String(value) }
        case "retry": retryMilliseconds = Int(value) ?? retryMilliseconds
        default: break
        }
        return nil
    }

    private mutating func dispatch() -> Event? {
        defer {
            type = ""
            data = []
        }
        guard !data.isEmpty else { return nil }
        return Event(id: lastID, type: type.isEmpty ? "message" : type, data: data.joined(separator: "\n"))
    }
}
