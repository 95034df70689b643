import Crypto
import Foundation
package import Model

/// The codes of an authenticator app (RFC 6238): six digits that change every 30 seconds.
package struct OneTimePassword: Sendable {
    private let secret: [UInt8]
    private let digits: Int

    /// Seconds that one code is shown.
    package static let period: Int64 = 30

    /// - Parameter secret: 20 bytes, as RFC 4226 recommends.
    package init(secret: [UInt8], digits: Int = 6) {
        self.secret = secret
        self.digits = digits
    }

    /// Reads the form that people type into an app; nil for what is none.
    package init?(text: Secret) {
        guard let bytes = Base32.bytes(text.revealed), bytes.count >= 16 else { return nil }
        self.init(secret: bytes)
    }

    /// The form that people type into an app.
    package var text: Secret { Secret(Base32.text(secret)) }

    /// Which code is shown at a time.
    package static func step(at time: Timestamp) -> Int64 { time.microseconds / 1_000_000 / period }

    /// The code of one step.
    package func code(at step: Int64) -> String {
        let message = withUnsafeBytes(of: step.bigEndian) { Data($0) }
        let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: secret)))
        let offset = Int(mac[19] & 15)
        let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let modulus = (0..<digits).reduce(UInt32(1)) { product, _ in product * 10 }
        let text = String(number % modulus)
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// The step whose code it is, of the current one and its neighbours, and later than `last`; nil for a wrong code and for
    /// one that was used before. Takes the same time whichever it is.
    func matchingStep(_ code: String, at time: Timestamp, after last: Int64) -> Int64? {
        let current = Self.step(at: time)
        var found: Int64?
        for step in [current - 1, current, current + 1]
        where ConstantTime.areEqual(self.code(at: step).utf8, code.utf8) && step > last {
            found = step
        }
        return found
    }

    /// What an app reads from a QR code.
    package func url(issuer: String, account: String) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~@")
        func escaped(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: allowed) ?? "" }
        return "otpauth://totp/\(escaped(issuer)):\(escaped(account))?secret=\(Base32.text(secret))"
            + "&issuer=\(escaped(issuer))&algorithm=SHA1&digits=\(digits)&period=\(Self.period)"
    }
}

/// Base32 (RFC 4648, section 6) without padding, as authenticator apps read it.
enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var buffer = 0
        var bits = 0
        for byte in bytes {
            buffer = (buffer << 8 | Int(byte)) & 0xFFFF
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[buffer >> bits & 31])
            }
        }
        if bits > 0 { text.append(alphabet[buffer << (5 - bits) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Accepts small letters and spaces, as people type them.
    static func bytes(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = 0
        var bits = 0
        for character in text.uppercased().utf8 where character != UInt8(ascii: " ") {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            buffer = (buffer << 5 | value) & 0xFFFF
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        return bytes
    }
}
