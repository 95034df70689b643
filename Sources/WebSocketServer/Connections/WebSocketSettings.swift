/// What bounds every connection.
package struct WebSocketSettings: Sendable {
    /// The longest message that is taken; a longer one closes the connection with 1009.
    package var messageLimit: Int
    /// The most fragments in which a message may come.
    package var fragmentLimit: Int
    /// Messages that may wait for the one who reads them; then nothing more is read from the network.
    package var inboundLimit: Int
    /// Bytes that may wait for the peer; then an offer is refused.
    package var outboundLimit: Int
    /// How often the peer is asked whether it lives, give or take a tenth; two unanswered times close the connection.
    package var pingInterval: Duration
    /// How long the peer may take to answer a close frame, and then to close its side.
    package var closeLimit: Duration
    /// Connections beyond this are refused with 503.
    package var maximumConnections: Int

    package init(
        messageLimit: Int = 65_536, fragmentLimit: Int = 4_096, inboundLimit: Int = 8,
        outboundLimit: Int = 1_048_576, pingInterval: Duration = .seconds(25), closeLimit: Duration = .seconds(5),
        maximumConnections: Int = 10_000
    ) {
        self.messageLimit = messageLimit
        self.fragmentLimit = fragmentLimit
        self.inboundLimit = inboundLimit
        self.outboundLimit = outboundLimit
        self.pingInterval = pingInterval
        self.closeLimit = closeLimit
        self.maximumConnections = maximumConnections
    }
}
