import Foundation
import Model

/// An invitation as somebody got it: its link, or the secret alone.
struct InviteLink: Sendable {
    let token: Secret
    /// Whose invitation it is; nil where the text does not say.
    let server: String?

    /// - Throws: ``CommandFailure`` for a link that is no invitation's.
    init(_ text: String) throws {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.contains("/") else {
            guard !text.isEmpty else { throw CommandFailure("An invitation is a link, or the secret of one.") }
            (token, server) = (Secret(text), nil)
            return
        }
        guard var parts = URLComponents(string: text), parts.host != nil,
            let token = parts.queryItems?.first(where: { $0.name == "token" })?.value, !token.isEmpty
        else { throw CommandFailure("That is no link of an invitation; one ends with /invite?token=….") }
        self.token = Secret(token)
        parts.path = parts.path.hasSuffix("/invite") ? String(parts.path.dropLast("/invite".count)) : parts.path
        server = parts.url.map(Logins.name)
    }

    /// The secret for a server: one of another server is not sent there.
    ///
    /// - Throws: ``CommandFailure`` for an invitation of another server.
    func token(for called: URL) throws -> Secret {
        if let server, server != Logins.name(called) {
            throw CommandFailure(
                "The invitation is of \(server), and this would call \(Logins.name(called)). Add --server \(server).")
        }
        return token
    }
}
