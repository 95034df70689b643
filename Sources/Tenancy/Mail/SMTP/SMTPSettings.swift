import Foundation
import Model

/// Which mail server takes our letters: `smtp://user:password@mail.example.com?from=suisha@example.com`.
///
/// `smtp` becomes encrypted by STARTTLS before anything is said; `smtps` is encrypted from the start. Without encryption only
/// by `tls=none`, and then without a password.
package struct SMTPSettings: Sendable {
    /// How the connection is encrypted.
    enum Encryption: Hashable, Sendable {
        case startTLS, fromTheStart, none
    }

    let host: String
    let port: Int
    let encryption: Encryption
    let username: String?
    let password: Secret?
    /// Who the letters are from.
    package let sender: EmailAddress
    /// A PEM file with the authorities to trust instead of the system's (`ca`).
    let authorities: String?
    /// How long a letter may take in all.
    package var timeout: Duration = .seconds(60)

    /// - Throws: ``MailError`` that says what is wrong with the URL, without its password.
    package init(url: String) throws {
        func wrong(_ reason: String) -> MailError {
            MailError(
                "The URL of the mail server \(reason). It looks like smtp://user:password@mail.example.com?from=suisha@example.com"
            )
        }
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty else {
            throw wrong("cannot be read")
        }
        var query: [String: String] = [:]
        for item in parts.queryItems ?? [] { query[item.name] = item.value ?? "" }
        if let unknown = query.keys.first(where: { !["from", "tls", "ca"].contains($0) }) {
            throw wrong("has an unknown part '\(unknown.prefix(20))'")
        }
        switch (parts.scheme, query["tls"]) {
        case ("smtp", nil), ("smtp", "starttls"): encryption = .startTLS
        case ("smtp", "none"): encryption = .none
        case ("smtps", nil): encryption = .fromTheStart
        default: throw wrong("begins with neither smtp:// nor smtps://, or 'tls' is neither starttls nor none")
        }
        guard let from = query["from"], let sender = try? EmailAddress(from) else {
            throw wrong("does not say who letters are from")
        }
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? (encryption == .fromTheStart ? 465 : 587)
        username = parts.user
        password = parts.password.map { Secret($0) }
        self.sender = sender
        authorities = query["ca"]
        guard encryption != .none || password == nil else {
            throw wrong("would send the password unencrypted; leave out tls=none or the password")
        }
        guard (username == nil) == (password == nil) else {
            throw wrong("has a user without a password, or the reverse")
        }
    }
}
