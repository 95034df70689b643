package import HTTPTypes
package import NIOCore

/// What to do with a handshake, asked before the connection is upgraded.
package enum WebSocketDecision: Sendable {
    /// Upgrade, with these fields beside those of the handshake. The handler runs as long as the connection is wanted; when it
    /// returns, the connection is closed with 1000.
    case accept(HTTPFields = [:], handler: @Sendable (WebSocketConnection) async -> Void)
    /// Stay with HTTP: the ordinary responder answers the request.
    case refuse
    /// Stay with HTTP and answer this.
    case answer(HTTPResponse, ByteBuffer)
}
