import Crypto
import Endpoints
import Foundation
package import Model
import Synchronization

/// Lets a person with access to the server's terminal into its pages, until there are accounts.
///
/// Holds the server's token. A browser gets a cookie that says until when it holds, signed under the token: so a session needs
/// no table, outlives restarts, is one of its own in every browser, and ends with its time or when the token is replaced.
package final class SignIn: Sendable {
    private struct Code {
        let digest: SHA256Digest
        let expires: Timestamp
    }

    private let tokenDigest: SHA256Digest
    private let key: SymmetricKey
    private let codes = Mutex<[Code]>([])
    private let now: @Sendable () -> Timestamp

    /// How long a code works.
    package static let codeLifetime: Duration = .seconds(600)
    /// How long a browser stays signed in.
    static let sessionLifetime: Duration = .seconds(7 * 86_400)
    private static let maximumCodes = 16

    /// - Parameter now: the clock; a test moves it.
    package init(token: Secret, now: @escaping @Sendable () -> Timestamp = { .now }) {
        tokenDigest = SHA256.hash(data: Data(token.revealed.utf8))
        let derived = HMAC<SHA256>.authenticationCode(
            for: Data("suisha console session 2".utf8), using: SymmetricKey(data: Data(token.revealed.utf8)))
        key = SymmetricKey(data: Data(derived))
        self.now = now
    }

    /// A new code for one sign-in within ten minutes, for a link that a person opens: `/sign-in?code=…`.
    ///
    /// At most 16 codes wait at a time; the oldest gives way.
    package func makeCode() -> String {
        let code = Self.random(.bits256)
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

    /// Whether `value` is the value of a cookie made here whose time is not over; compared in constant time.
    func isSession(_ value: String) -> Bool {
        let parts = value.split(separator: ".", omittingEmptySubsequences: false)
        guard value.utf8.count <= 200, parts.count == 3, let end = Int64(parts[0]),
            let signature = Base64URL.decoded(String(parts[2])),
            HMAC<SHA256>.isValidAuthenticationCode(
                signature, authenticating: Data("\(parts[0]).\(parts[1])".utf8), using: key)
        else { return false }
        return now() < Timestamp(microseconds: end)
    }

    /// The `Set-Cookie` header of a browser that is signed in now.
    func cookie(secure: Bool) -> String {
        let content = "\((now() + Self.sessionLifetime).microseconds).\(Self.random(.bits128))"
        let signature = HMAC<SHA256>.authenticationCode(for: Data(content.utf8), using: key)
        return Self.header(
            "\(content).\(Base64URL.encoded(Data(signature)))", lasting: Self.sessionLifetime, secure: secure)
    }

    /// The `Set-Cookie` header that ends a session.
    static func expiredCookie(secure: Bool) -> String { header("", lasting: .zero, secure: secure) }

    /// The name of the cookie. With the prefix, browsers take it from this host alone and over encrypted connections.
    static func cookieName(secure: Bool) -> String { (secure ? "__Host-" : "") + "suisha_session" }

    private static func header(_ value: String, lasting lifetime: Duration, secure: Bool) -> String {
        "\(cookieName(secure: secure))=\(value); Path=/; HttpOnly; SameSite=Strict; "
            + "Max-Age=\(lifetime.components.seconds)\(secure ? "; Secure" : "")"
    }

    private static func random(_ size: SymmetricKeySize) -> String {
        SymmetricKey(size: size).withUnsafeBytes { Base64URL.encoded(Data($0)) }
    }
}
