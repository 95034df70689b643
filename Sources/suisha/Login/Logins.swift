import Foundation
import Model

/// Where somebody has signed in, by server.
struct Logins: Codable, Sendable {
    /// The server that commands call unless they name one.
    private(set) var current: String?
    private var servers: [String: Login] = [:]

    /// Every server with its login, in the order of their addresses.
    var all: [(server: String, login: Login)] {
        servers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The login at a server. A new one makes its server the current one; the end of the current one leaves none.
    subscript(server: URL) -> Login? {
        get { servers[Self.name(server)] }
        set {
            let name = Self.name(server)
            if newValue != nil, servers[name] == nil || current == nil { current = name }
            servers[name] = newValue
            if newValue == nil, current == name { current = nil }
        }
    }

    /// Makes a server the one that commands call.
    mutating func choose(_ server: URL) {
        if servers[Self.name(server)] != nil { current = Self.name(server) }
    }

    /// Scheme, host and port as everybody writes them, and a path without the slash at its end.
    static func name(_ server: URL) -> String {
        var parts = URLComponents(url: server, resolvingAgainstBaseURL: false) ?? URLComponents()
        parts.scheme = parts.scheme?.lowercased()
        parts.host = parts.host?.lowercased()
        if parts.port == (parts.scheme == "https" ? 443 : 80) { parts.port = nil }
        (parts.query, parts.fragment, parts.user, parts.password) = (nil, nil, nil, nil)
        let text = parts.string ?? server.absoluteString
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}

/// A login at one server.
struct Login: Sendable {
    /// For people: an e-mail address, or how an API key begins.
    var account: String
    var proof: Proof
    /// Where commands act; nil leaves it to the server or the key.
    var workspace: ChosenWorkspace?

    /// What is shown to the server.
    enum Proof: Sendable {
        case key(Secret)
        case session(Tokens)
    }

    /// The tokens of a session.
    struct Tokens: Sendable {
        let access: Secret
        /// Until when the access token holds, by this machine's clock.
        let until: Timestamp
        /// For new tokens; another one after every use.
        let refresh: Secret

        /// Whether the access token holds long enough for a call.
        func isFresh(at now: Timestamp) -> Bool { until > now + .seconds(30) }
    }

    /// A workspace as its id and its name for people.
    struct ChosenWorkspace: Codable, Sendable {
        let id: String
        let name: String
    }
}

// Written by hand, because a secret must not be encodable anywhere else.
extension Login: Codable {
    private enum CodingKeys: String, CodingKey {
        case account, key, workspace
        case access = "access_token"
        case until = "access_until"
        case refresh = "refresh_token"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func secret(_ key: CodingKeys) throws -> Secret { Secret(try container.decode(String.self, forKey: key)) }
        account = try container.decode(String.self, forKey: .account)
        workspace = try container.decodeIfPresent(ChosenWorkspace.self, forKey: .workspace)
        if container.contains(.key) {
            proof = .key(try secret(.key))
        } else {
            proof = .session(
                Tokens(
                    access: try secret(.access), until: try container.decode(Timestamp.self, forKey: .until),
                    refresh: try secret(.refresh)))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(account, forKey: .account)
        try container.encodeIfPresent(workspace, forKey: .workspace)
        switch proof {
        case .key(let key): try container.encode(key.revealed, forKey: .key)
        case .session(let tokens):
            try container.encode(tokens.access.revealed, forKey: .access)
            try container.encode(tokens.until, forKey: .until)
            try container.encode(tokens.refresh.revealed, forKey: .refresh)
        }
    }
}
