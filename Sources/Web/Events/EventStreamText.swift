import Endpoints
import NIOCore

/// The lines of a `text/event-stream`.
enum EventStreamText {
    /// An event with its data on one line.
    static func event(_ event: ServerSentEvent) -> ByteBuffer {
        var text = ""
        if let id = event.id { text += "id: \(id)\n" }
        text += "event: \(event.type)\n"
        for line in event.data.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            text += "data: \(line)\n"
        }
        return ByteBuffer(string: text + "\n")
    }

    /// Says nothing, but shows proxies and readers that the stream lives.
    static let heartbeat = ByteBuffer(string: ": still here\n\n")

    /// Asks the reader to come back after a while, because this server stops.
    static func reconnect(after delay: Duration) -> ByteBuffer {
        let milliseconds = Int(delay / .milliseconds(1))
        return ByteBuffer(string: "retry: \(milliseconds)\nevent: reconnect\ndata: {\"after_ms\":\(milliseconds)}\n\n")
    }
}
