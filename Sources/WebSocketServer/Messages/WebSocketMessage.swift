package import NIOCore

/// A text or binary message, complete and valid: the UTF-8 of a text was checked.
package enum WebSocketMessage: Sendable, Equatable {
    case text(String)
    case binary(ByteBuffer)
}
