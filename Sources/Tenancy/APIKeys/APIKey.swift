import Endpoints
package import Model

/// A secret for a program, as its owner sees it in the list: never the secret itself.
package struct APIKey: Hashable, Sendable {
    package let id: APIKeyID
    package let name: String
    /// The first letters of the secret, to recognise it by.
    package let prefix: String
    package let workspace: WorkspaceID
    package let owner: Principal.Actor
    /// The key that made it, with which it ends; nil for one that was made without a key.
    package let madeBy: APIKeyID?
    package let permissions: PermissionSet
    package let createdAt: Timestamp
    /// Up to five minutes behind; nil if it was never used.
    package let lastUsedAt: Timestamp?
    package let expiresAt: Timestamp?
    package let revokedAt: Timestamp?
    /// Whether it was revoked or has expired.
    package let hasEnded: Bool

    /// Where it stands in the list of its workspace.
    package var position: Position { Position(hasEnded: hasEnded, id: id) }

    /// A place in the list of a workspace's keys: those that work come first, and of each the newest.
    package struct Position: Hashable, Sendable, LosslessStringConvertible {
        let hasEnded: Bool
        let id: APIKeyID

        init(hasEnded: Bool, id: APIKeyID) {
            self.hasEnded = hasEnded
            self.id = id
        }

        /// Reads what ``description`` wrote.
        package init?(_ text: String) {
            guard let first = text.first, "01".contains(first), let id = APIKeyID(text.dropFirst()) else { return nil }
            self.init(hasEnded: first == "1", id: id)
        }

        package var description: String { "\(hasEnded ? 1 : 0)\(id)" }
    }
}

/// A key that was just made: the one moment at which its secret is shown.
package struct NewAPIKey: Sendable {
    package let key: APIKey
    package let secret: Secret
}

/// An account of a program inside one workspace.
package struct ServiceAccount: Hashable, Sendable {
    package let id: ServiceAccountID
    package let workspace: WorkspaceID
    package let name: String
    package let createdAt: Timestamp
    package let disabledAt: Timestamp?
}

/// The secret of an API key: `suisha_k_`, twelve characters that find its row, and 43 that prove it.
struct APIKeySecret: Sendable {
    let prefix: String
    let secret: Secret

    private static let start = "suisha_k_"
    private static let prefixLength = 12

    init(random: RandomBytes) {
        prefix = Self.start + String(Base64URL.text(random.bytes(9)))
        secret = Secret(prefix + "_" + Base64URL.text(random.bytes(32)))
    }

    /// Reads what a caller sent; nil for what cannot be a key.
    init?(_ secret: Secret) {
        let text = secret.revealed
        guard Self.isKey(secret), text.utf8.count == Self.start.utf8.count + Self.prefixLength + 1 + 43,
            text.utf8.allSatisfy({ $0 < 0x80 })
        else { return nil }
        prefix = String(text.prefix(Self.start.count + Self.prefixLength))
        self.secret = secret
    }

    /// Whether it claims to be one.
    static func isKey(_ secret: Secret) -> Bool { secret.revealed.hasPrefix(start) }

    var digest: TokenDigest { TokenDigest(of: secret) }
}
