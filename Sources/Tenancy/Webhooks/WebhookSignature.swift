import Crypto
import Foundation
package import Model

/// The headers that prove to a receiver who sent a delivery, as Standard Webhooks has them.
package enum WebhookSignature {
    /// How far the time of a delivery may be from the receiver's.
    package static let tolerance: Duration = .seconds(300)

    /// The headers of one attempt. While a secret is being replaced both sign, so a receiver changes over when it likes.
    package static func headers(
        id: String, at time: Timestamp, body: String, secrets: [WebhookSecret]
    ) -> [(name: String, value: String)] {
        let seconds = time.microseconds / 1_000_000
        let signatures = secrets.map { $0.signature(id: id, timestamp: seconds, body: body) }
        return [
            ("webhook-id", id), ("webhook-timestamp", String(seconds)),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }

    /// Checks a delivery as a receiver does: one of the signatures is by the secret, and the time is near. Whoever must not
    /// take a delivery twice also remembers ids for as long as times are near.
    package static func isValid(
        id: String, timestamp: String, signatures: String, body: String, secret: WebhookSecret, now: Timestamp
    ) -> Bool {
        guard let seconds = Int64(timestamp),
            abs(seconds - now.microseconds / 1_000_000) <= tolerance.components.seconds
        else { return false }
        let expected = Array(secret.signature(id: id, timestamp: seconds, body: body).utf8)
        // Every one is compared, in a time that does not depend on where they differ.
        return signatures.split(separator: " ").reduce(false) { found, signature in
            let given = Array(signature.utf8)
            guard given.count == expected.count else { return found }
            return zip(given, expected).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0 || found
        }
    }
}
