import Model

/// Under what a caller is looked up: the digest of a session's token or of an API key, or a session's id, which an access
/// token carries.
enum SessionKey: Hashable, Sendable {
    case token(TokenDigest)
    case id(SessionID)

    /// Its key in a cache that processes share.
    var shared: String {
        switch self {
        case .token(let digest): "session:t:\(digest.text)"
        case .id(let id): "session:i:\(id)"
        }
    }
}

extension SessionReference {
    /// Every key under which a cache may hold it.
    var keys: [SessionKey] { [.token(digest), .id(id)] }
}

extension SessionKey {
    /// Reads the key that ``shared`` wrote.
    init?(shared text: some StringProtocol) {
        let parts = text.split(separator: ":")
        guard parts.count == 3, parts[0] == "session" else { return nil }
        switch parts[1] {
        case "t": self = .token(TokenDigest(stored: String(parts[2])))
        case "i":
            guard let id = SessionID(parts[2]) else { return nil }
            self = .id(id)
        default: return nil
        }
    }
}
