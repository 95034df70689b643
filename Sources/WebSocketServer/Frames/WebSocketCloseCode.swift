/// Why a connection closes, in the numbers of RFC 6455 section 7.4 and its registry.
package struct WebSocketCloseCode: RawRepresentable, Sendable, Hashable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// What it was opened for is done.
    package static let normal = Self(rawValue: 1_000)
    /// The server stops, or the page was left.
    package static let goingAway = Self(rawValue: 1_001)
    /// The other side broke the protocol.
    package static let protocolError = Self(rawValue: 1_002)
    /// This type of data is not taken.
    package static let unacceptableData = Self(rawValue: 1_003)
    /// The other side sent a close frame without a code. Never sent.
    package static let noCode = Self(rawValue: 1_005)
    /// The connection was lost without a close frame. Never sent.
    package static let lost = Self(rawValue: 1_006)
    /// A text that is not UTF-8.
    package static let invalidData = Self(rawValue: 1_007)
    /// The other side broke a rule that has no code of its own.
    package static let policyViolation = Self(rawValue: 1_008)
    /// A message beyond the limit.
    package static let messageTooBig = Self(rawValue: 1_009)
    /// The server failed.
    package static let internalError = Self(rawValue: 1_011)
    /// The server restarts: come back, after a moment of random length.
    package static let serviceRestart = Self(rawValue: 1_012)
    /// The server has too much to do: come back later.
    package static let tryAgainLater = Self(rawValue: 1_013)
    /// The reader is too slow for what it asked for.
    package static let tooSlow = Self(rawValue: 4_008)
    /// Who is asking is not known, or not any more.
    package static let unauthorized = Self(rawValue: 4_401)
    /// Who is asking may not.
    package static let forbidden = Self(rawValue: 4_403)

    /// Whether a close frame may carry it: registered, or left to libraries and applications.
    var maySend: Bool {
        switch rawValue {
        case 1_000...1_003, 1_007...1_014, 3_000...4_999: true
        default: false
        }
    }
}
