import Crypto
import Foundation
import HTTPTypes
import NIOCore

/// A request that asks to leave HTTP, read as RFC 6455 section 4.2 wants it.
enum HandshakeRequest: Equatable {
    /// To speak WebSocket; holds what `Sec-WebSocket-Accept` answers.
    case webSocket(accept: String)
    /// To speak WebSocket, but not properly.
    case refused(HandshakeRefusal)
    /// To speak something that this server does not.
    case other

    /// Reads a request; nil when it does not ask to leave HTTP.
    init?(_ request: HTTPRequest) {
        let fields = request.headerFields
        // Exactly what makes the HTTP parser stop behind the request.
        let asks = !fields[values: .upgrade].isEmpty && Self.tokens(fields, .connection).contains("upgrade")
        guard asks || request.method == .connect else { return nil }
        let hasBody = fields[.transferEncoding] != nil || fields[.contentLength].map { $0 != "0" } ?? false
        let isHandshake = asks && !hasBody && Self.tokens(fields, .upgrade).contains("websocket")
        self = isHandshake ? Self.webSocket(request) : .other
    }

    private static func webSocket(_ request: HTTPRequest) -> Self {
        let fields = request.headerFields
        guard request.method == .get else { return .refused(.malformed("A WebSocket handshake is a GET request.")) }
        guard fields[values: .secWebSocketVersion] == ["13"] else { return .refused(.otherVersion) }
        let keys = fields[values: .secWebSocketKey]
        guard keys.count == 1, let key = keys.first, Data(base64Encoded: key)?.count == 16 else {
            return .refused(.malformed("Sec-WebSocket-Key must be there once, with 16 bytes in Base64."))
        }
        // The constant of RFC 6455; SHA-1 protects nothing here.
        let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return .webSocket(accept: Data(digest).base64EncodedString())
    }

    private static func tokens(_ fields: HTTPFields, _ name: HTTPField.Name) -> [String] {
        fields[values: name].joined(separator: ",").lowercased().split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
