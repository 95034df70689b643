import Endpoints
import Crypto
import Foundation
package import Model

/// A secret of 256 random bits that its holder shows to be let in. Whoever stores it stores only its digest.
package struct OpaqueToken: Sendable {
    /// What its holder keeps: a prefix that tells scanners for leaked secrets what it is, and 43 characters of base64url.
    package let secret: Secret

    /// Makes a new one.
    package init(prefix: String = "", random: RandomBytes = .system) {
        secret = Secret(prefix + Base64URL.text(random.bytes(32)))
    }

    /// What the database stores.
    package var digest: TokenDigest { TokenDigest(of: secret) }
}

/// The SHA-256 of a token: as good for finding its row, and useless to whoever reads the database.
///
/// Tokens are random, so one fast hash is enough, and looking a digest up tells nothing by its time.
package struct TokenDigest: Hashable, Sendable {
    /// Lower-case hexadecimal.
    package let text: String

    /// The digest of what a caller sent, whatever that is.
    package init(of secret: Secret) {
        let digits = SHA256.hash(data: Data(secret.revealed.utf8)).flatMap { byte in
            [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]]
        }
        text = String(decoding: digits, as: UTF8.self)
    }

    /// Wraps a digest that the database returned.
    init(stored text: String) {
        self.text = text
    }

    private static let digits: [UInt8] = Array("0123456789abcdef".utf8)
}

/// Where random bytes come from; a test may bring its own.
package struct RandomBytes: Sendable {
    private let make: @Sendable (Int) -> [UInt8]

    /// - Parameter make: returns as many bytes as it is asked for.
    package init(_ make: @escaping @Sendable (Int) -> [UInt8]) {
        self.make = make
    }

    /// The operating system's.
    package static let system: RandomBytes = .init { count in
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    package func bytes(_ count: Int) -> [UInt8] { make(count) }
}
