import CSodium
import Foundation
import Model

/// An Argon2id hash of a password with its salt and cost, in the usual text form: `$argon2id$v=19$m=19456,t=2,p=1$…`.
///
/// Making and checking one takes tens of milliseconds of a core: only ``HashingPool`` calls these.
package struct PasswordHash: Hashable, Sendable {
    /// What the database stores.
    package let text: String

    /// Wraps a text that the database returned.
    package init(stored text: String) {
        self.text = text
    }

    /// Hashes a password with a new salt.
    ///
    /// - Throws: `PasswordError.outOfMemory`.
    init(of password: Secret, cost: PasswordCost) throws {
        try Self.prepare()
        var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        let bytes = Self.bytes(of: password)
        let status = crypto_pwhash_str(
            &text, bytes, UInt64(bytes.count), UInt64(cost.passes), Int(cost.memory.bytes))
        guard status == 0 else { throw PasswordError.outOfMemory }
        self.text = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether it is this password's, in a time that does not depend on the answer.
    func matches(_ password: Secret) throws -> Bool {
        try Self.prepare()
        guard text.utf8.count < Int(crypto_pwhash_STRBYTES) else { return false }
        let bytes = Self.bytes(of: password)
        return crypto_pwhash_str_verify(text, bytes, UInt64(bytes.count)) == 0
    }

    /// Whether it was made at another cost, so that it should be made again at the next sign-in.
    func needsRehash(for cost: PasswordCost) throws -> Bool {
        try Self.prepare()
        return crypto_pwhash_str_needs_rehash(text, UInt64(cost.passes), Int(cost.memory.bytes)) != 0
    }

    /// Keyboards differ in how they compose letters; the composed form is the same everywhere (RFC 8265, OpaqueString).
    private static func bytes(of password: Secret) -> [CChar] {
        password.revealed.precomposedStringWithCanonicalMapping.utf8.map(CChar.init(bitPattern:))
    }

    private static let isReady: Bool = sodium_init() >= 0

    private static func prepare() throws {
        guard isReady else { throw PasswordError.libraryUnavailable }
    }
}

extension PasswordHash: CustomStringConvertible {
    /// Never shows the hash.
    package var description: String { "***" }
}

/// Why a password could not be hashed; nothing that the caller can mend.
package enum PasswordError: Error, CustomStringConvertible {
    case outOfMemory
    case libraryUnavailable

    package var description: String {
        switch self {
        case .outOfMemory: "There is not enough memory to hash a password; lower the number of hashing threads."
        case .libraryUnavailable: "libsodium found no source of random numbers, so no password can be hashed."
        }
    }
}
