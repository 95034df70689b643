import Crypto
import Foundation
package import Model
import Synchronization

/// Lets a person with access to the server's terminal into its pages, until there are accounts.
///
/// Holds the server's token. A browser gets a cookie that is derived from it, so a session outlives restarts and ends when
/// the token is replaced.
package final class SignIn: Sendable {
    private struct Code {
        let digest: SHA256Digest
        let expires: ContinuousClock.Instant
    }

    private let tokenDigest: SHA256Digest
    private let session: String
    private let codes = Mutex<[Code]>([])
    private let now: @Sendable () -> ContinuousClock.Instant

    /// How long a code works.
    package static let codeLifetime: Duration = .seconds(600)
    private static let maximumCodes = 16

    /// - Parameter now: the clock; a test moves it.
    package init(token: Secret, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        tokenDigest = SHA256.hash(data: Data(token.revealed.utf8))
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("suisha console session 1".utf8), using: SymmetricKey(data: Data(token.revealed.utf8)))
        session = code.map { String(format: "%02x", $0) }.joined()
        self.now = now
    }

    /// A new code for one sign-in within ten minutes, for a link that a person opens: `/sign-in?code=…`.
    ///
    /// At most 16 codes wait at a time; the oldest gives way.
    package func makeCode() -> String {
        let code = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        let now = now()
        codes.withLock { codes in
            codes.removeAll { $0.expires <= now }
            if codes.count >= Self.maximumCodes { codes.removeFirst() }
            codes.append(Code(digest: SHA256.hash(data: Data(code.utf8)), expires: now + Self.codeLifetime))
        }
        return code
    }

    /// Whether the code is good; it is not good a second time.
    func redeem(_ code: String) -> Bool {
        let digest = SHA256.hash(data: Data(code.utf8))
        let now = now()
        return codes.withLock { codes in
            codes.removeAll { $0.expires <= now }
            guard let index = codes.firstIndex(where: { $0.digest == digest }) else { return false }
            codes.remove(at: index)
            return true
        }
    }

    /// Whether `text` is the server's token, in constant time.
    func isToken(_ text: String) -> Bool {
        SHA256.hash(data: Data(text.utf8)) == tokenDigest
    }

    /// Whether `value` is the value of a cookie made here, in constant time.
    func isSession(_ value: String) -> Bool {
        SHA256.hash(data: Data(value.utf8)) == SHA256.hash(data: Data(session.utf8))
    }

    /// The `Set-Cookie` header of a signed-in browser.
    func cookie(secure: Bool) -> String {
        "\(Self.cookieName)=\(session); Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000\(secure ? "; Secure" : "")"
    }

    /// The `Set-Cookie` header that ends a session.
    static let expiredCookie = "\(cookieName)=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
    /// The name of the cookie.
    static let cookieName = "suisha_session"
}
