package import Model

/// One signed-in browser or program, as its owner sees it in the list.
package struct Session: Hashable, Sendable {
    package let id: SessionID
    package let method: SignInMethod
    /// What the browser calls itself; only for people.
    package let client: String
    /// Where it was signed in from.
    package let address: String
    package let authAt: Timestamp
    /// Up to five minutes behind.
    package let lastSeenAt: Timestamp
    package let expiresAt: Timestamp
}

/// Who signs in: what the session list shows.
package struct ClientDescription: Hashable, Sendable {
    package let name: String
    package let address: String

    /// Long names are cut, and what could break a line of a log is replaced.
    package init(name: String, address: String) {
        self.name = Self.plain(name, 200)
        self.address = Self.plain(address, 64)
    }

    private static func plain(_ text: String, _ length: Int) -> String {
        String(text.prefix(length).map { $0.isNewline || $0.unicodeScalars.contains { $0.value < 0x20 } ? " " : $0 })
    }
}

/// A session that was just begun: the one moment at which its token exists in the clear.
package struct NewSession: Sendable {
    package let id: SessionID
    package let user: UserID
    package let token: Secret
    /// How long the session lasts at most; for the cookie.
    package let lifetime: Duration
}

/// What names a session in the caches.
struct SessionReference: Hashable, Sendable {
    let id: SessionID
    let digest: TokenDigest
}
