import Endpoints
import Crypto
import Foundation
import Model

/// A refresh token as its holder keeps it: it names its session and its place in the family, so that one whose row has long
/// been swept is still recognised when it comes a second time.
struct RefreshToken: Sendable {
    let session: SessionID
    let number: Int64
    /// What the holder keeps.
    let secret: Secret

    private static let prefix = "suisha_r_"

    var digest: TokenDigest { TokenDigest(of: secret) }

    /// The first of a family.
    init(first session: SessionID, vault: Vault, random: RandomBytes) {
        self.init(session, 1, random.bytes(32), vault)
    }

    /// The child of a token: the same for the same salt, and known to nobody who has not both the parent and our key.
    init(childOf parent: RefreshToken, salt: String, vault: Vault) {
        let secret = vault.derive("refresh child", from: parent.secret.revealed + "." + salt)
        self.init(parent.session, parent.number + 1, secret, vault)
    }

    private init(_ session: SessionID, _ number: Int64, _ random: [UInt8], _ vault: Vault) {
        self.session = session
        self.number = number
        let body = "\(session.sql).\(number).\(Base64URL.text(random))"
        secret = Secret(Self.prefix + body + "." + Self.tag(body, vault))
    }

    /// Reads what a caller sent; nil for what this server has not made.
    init?(_ secret: Secret, vault: Vault) {
        guard secret.revealed.utf8.count <= 200, secret.revealed.hasPrefix(Self.prefix) else { return nil }
        let parts = secret.revealed.dropFirst(Self.prefix.count).split(
            separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, let session = SessionID(sql: parts[0]), let number = Int64(parts[1]),
            String(number) == parts[1], number > 0, number < .max, Base64URL.bytes(parts[2])?.count == 32,
            ConstantTime.areEqual(parts[3].utf8, Self.tag(parts[0...2].joined(separator: "."), vault).utf8)
        else { return nil }
        self.session = session
        self.number = number
        self.secret = secret
    }

    private static func tag(_ body: String, _ vault: Vault) -> String {
        Base64URL.text(vault.derive("refresh tag", from: body).prefix(16))
    }
}

/// Comparisons whose time tells nothing about where two values differ.
enum ConstantTime {
    static func areEqual(_ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>) -> Bool {
        // Digests compare in constant time, and hide the lengths.
        SHA256.hash(data: Data(left)) == SHA256.hash(data: Data(right))
    }
}
