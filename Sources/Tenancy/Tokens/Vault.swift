import Endpoints
import Crypto
import Foundation
package import Model

/// Encrypts what the database keeps and the server has to read again: signing keys, TOTP secrets, letters.
///
/// AES-256-GCM. A sealed text names the key that made it, so keys are rotated by adding a new one in front, and it is bound
/// to its place: the text of one row opens in no other.
package struct Vault: Sendable {
    private let keys: [(name: String, key: SymmetricKey)]

    /// - Parameter secrets: the content of the key file, newest first; each at least 32 characters of randomness.
    /// - Throws: ``VaultError`` when there is none, or one is too short.
    package init(_ secrets: [Secret]) throws {
        guard !secrets.isEmpty else { throw VaultError.noKey }
        keys = try secrets.map { secret in
            guard secret.revealed.utf8.count >= 32 else { throw VaultError.shortKey }
            let key = HKDF<SHA256>.deriveKey(
                inputKeyMaterial: SymmetricKey(data: Data(secret.revealed.utf8)), info: Data("suisha vault 1".utf8),
                outputByteCount: 32)
            let name = HMAC<SHA256>.authenticationCode(for: Data("key id".utf8), using: key)
            return (Base64URL.text(name.prefix(6)), key)
        }
    }

    /// Encrypts a text for one place.
    ///
    /// - Parameter place: names the row and column: `signing_keys/abc`.
    package func seal(_ text: Secret, for place: String) throws -> String {
        let (name, key) = keys[0]
        let box = try AES.GCM.seal(Data(text.revealed.utf8), using: key, authenticating: Data(place.utf8))
        guard let combined = box.combined else { throw VaultError.unreadable(place) }
        return "v1.\(name).\(Base64URL.text(combined))"
    }

    /// Decrypts what ``seal(_:for:)`` made for the same place.
    ///
    /// - Throws: ``VaultError`` when its key is not here any more, or it was changed.
    package func open(_ sealed: String, for place: String) throws -> Secret {
        let parts = sealed.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "v1", let bytes = Base64URL.bytes(parts[2]) else {
            throw VaultError.unreadable(place)
        }
        guard let key = keys.first(where: { $0.name == parts[1] })?.key else { throw VaultError.unknownKey(place) }
        do {
            let box = try AES.GCM.SealedBox(combined: bytes)
            let data = try AES.GCM.open(box, using: key, authenticating: Data(place.utf8))
            return Secret(String(decoding: data, as: UTF8.self))
        } catch {
            throw VaultError.unreadable(place)
        }
    }

    /// Whether a text was sealed with the newest key; else it should be sealed again.
    package func isCurrent(_ sealed: String) -> Bool {
        sealed.hasPrefix("v1.\(keys[0].name).")
    }

    /// 32 bytes that only holders of the newest key can compute from `input`.
    func derive(_ purpose: String, from input: String) -> [UInt8] {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: keys[0].key, info: Data("suisha \(purpose) 1".utf8), outputByteCount: 32)
        return Array(HMAC<SHA256>.authenticationCode(for: Data(input.utf8), using: key))
    }
}

/// Why something encrypted cannot be used.
package enum VaultError: Error, Hashable, CustomStringConvertible {
    case noKey
    case shortKey
    case unknownKey(String)
    case unreadable(String)

    package var description: String {
        switch self {
        case .noKey: "There is no key to encrypt secrets with; make one with: openssl rand -base64 48"
        case .shortKey: "The key that encrypts secrets is too short; make one with: openssl rand -base64 48"
        case .unknownKey(let place):
            "\(place) was encrypted with a key that is not here any more; add the old key behind the new one."
        case .unreadable(let place): "\(place) cannot be decrypted; it was changed, or belongs to another row."
        }
    }
}
