/// How the other side broke the protocol or a limit, and with what the connection is closed for it.
struct WebSocketFault: Error, Equatable {
    let code: WebSocketCloseCode
    /// What was wrong, for the person at the other side. At most 123 bytes.
    let reason: String

    static func protocolError(_ reason: String) -> Self { Self(code: .protocolError, reason: reason) }
    static let notUTF8 = Self(code: .invalidData, reason: "the text is not UTF-8")
    static func tooBig(_ limit: Int) -> Self {
        Self(code: .messageTooBig, reason: "a message may have \(limit) bytes")
    }
    static func tooManyFragments(_ limit: Int) -> Self {
        Self(code: .policyViolation, reason: "a message may have \(limit) fragments")
    }
}
