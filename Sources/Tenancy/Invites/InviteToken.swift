import Crypto
import Foundation
package import Model

/// The secret part of an invitation: whoever has it may come in. The database has only its hash.
package struct InviteToken: Sendable {
    /// 256 random bits, in the alphabet of URLs.
    package let secret: Secret

    /// A new one.
    init(using random: inout some RandomNumberGenerator) {
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let text = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        secret = Secret(text.replacing("=", with: ""))
    }

    /// One that came with a request.
    package init(_ text: String) {
        secret = Secret(text)
    }

    /// What the database has of it.
    var hash: String { SHA256.hash(data: Data(secret.revealed.utf8)).hexadecimal }
}
