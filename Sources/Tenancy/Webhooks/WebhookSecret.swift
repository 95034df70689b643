import Crypto
import Foundation
package import Model

/// The key with which deliveries to one receiver are signed, in the form of Standard Webhooks: `whsec_` and base64.
package struct WebhookSecret: Sendable {
    /// What the receiver keeps.
    package let secret: Secret
    private let key: SymmetricKey

    /// Makes a new one of 256 random bits.
    init(random: RandomBytes = .system) {
        let bytes = random.bytes(32)
        secret = Secret("whsec_" + Data(bytes).base64EncodedString())
        key = SymmetricKey(data: Data(bytes))
    }

    /// Reads the form that receivers keep; nil for anything else, and for keys under 192 or over 512 bits.
    package init?(_ secret: Secret) {
        guard secret.revealed.hasPrefix("whsec_"),
            let bytes = Data(base64Encoded: String(secret.revealed.dropFirst(6))), (24...64).contains(bytes.count)
        else { return nil }
        self.secret = secret
        key = SymmetricKey(data: bytes)
    }

    /// `v1,` and the HMAC-SHA-256 of id, time and body, in base64.
    package func signature(id: String, timestamp: Int64, body: String) -> String {
        "v1," + Data(code(id, timestamp, body)).base64EncodedString()
    }

    private func code(_ id: String, _ timestamp: Int64, _ body: String) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Data("\(id).\(timestamp).\(body)".utf8), using: key)
    }
}
