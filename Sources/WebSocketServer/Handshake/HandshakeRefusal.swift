package import HTTPTypes

/// Why a handshake is refused by the server itself.
package enum HandshakeRefusal: Sendable, Equatable {
    /// It is not as RFC 6455 wants it; the sentence says what is wrong.
    case malformed(String)
    /// Another version of the protocol than 13.
    case otherVersion
    /// There are as many connections as there may be.
    case full
    /// The server is stopping.
    case stopping

    /// The head of the answer.
    package var response: HTTPResponse {
        switch self {
        case .malformed: HTTPResponse(status: .badRequest)
        case .otherVersion:
            HTTPResponse(status: .upgradeRequired, headerFields: [.secWebSocketVersion: "13", .upgrade: "websocket"])
        case .full: HTTPResponse(status: .serviceUnavailable, headerFields: [.retryAfter: "30"])
        case .stopping: HTTPResponse(status: .serviceUnavailable, headerFields: [.retryAfter: "2"])
        }
    }

    /// What is wrong and what to do.
    package var sentence: String {
        switch self {
        case .malformed(let sentence): sentence
        case .otherVersion: "This server speaks version 13 of the WebSocket protocol. Send Sec-WebSocket-Version: 13."
        case .full: "This server has as many WebSocket connections as it takes. Try again later, or use another node."
        case .stopping: "This server is stopping. Connect again in a moment."
        }
    }

    /// What it is called in metrics.
    var outcome: String {
        switch self {
        case .malformed: "malformed"
        case .otherVersion: "other_version"
        case .full: "full"
        case .stopping: "stopping"
        }
    }
}

extension HTTPField.Name {
    // A valid token.
    static let retryAfter = Self("Retry-After")!
}
