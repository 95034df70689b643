import Metrics

/// What is measured of all connections of a server.
package struct WebSocketMetrics: Sendable {
    private let prefix: String
    private let open: Meter
    private let messagesReceived: Counter
    private let messagesSent: Counter
    private let bytesReceived: Counter
    private let bytesSent: Counter
    private let offersRefused: Counter

    /// - Parameter prefix: what the names begin with: `PREFIX_connections`, `PREFIX_sent_messages_total` …
    package init(prefix: String) {
        self.prefix = prefix
        open = Meter(label: prefix + "_connections")
        messagesReceived = Counter(label: prefix + "_received_messages_total")
        messagesSent = Counter(label: prefix + "_sent_messages_total")
        bytesReceived = Counter(label: prefix + "_received_bytes_total")
        bytesSent = Counter(label: prefix + "_sent_bytes_total")
        offersRefused = Counter(label: prefix + "_offers_refused_total")
    }

    func opened() { open.increment() }

    func received(bytes: Int) { bytesReceived.increment(by: bytes) }

    func receivedMessage() { messagesReceived.increment() }

    /// Counts frames that were given to the network layer; pings are bytes and no messages.
    func sent(messages: Int, bytes: Int) {
        if messages > 0 { messagesSent.increment(by: messages) }
        if bytes > 0 { bytesSent.increment(by: bytes) }
    }

    func refusedOffer() { offersRefused.increment() }

    /// Counts the end of a connection. Codes that applications of others made up count together.
    func closed(_ code: WebSocketCloseCode) {
        open.decrement()
        let ours: Set<WebSocketCloseCode> = [.tooSlow, .unauthorized, .forbidden]
        let name = code.rawValue < 3_000 || ours.contains(code) ? String(code.rawValue) : "other"
        Counter(label: prefix + "_closes_total", dimensions: [("code", name)]).increment()
    }

    /// Counts a handshake by what came of it.
    func handshake(_ outcome: String) {
        Counter(label: prefix + "_handshakes_total", dimensions: [("outcome", outcome)]).increment()
    }
}
