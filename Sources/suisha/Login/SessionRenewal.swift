import Foundation
import Model

/// Keeps the access token of a stored session fresh.
///
/// The file holds the truth, so that commands that run at the same time renew the session once and all go on with its
/// newest tokens.
struct SessionRenewal: Sendable {
    let file: LoginFile
    let server: URL

    /// An access token that holds for a while.
    ///
    /// - Parameter client: calls the same server without a credential.
    /// - Throws: ``CommandFailure`` when the session has ended or the server does not answer.
    func accessToken(from client: ServerClient) async throws -> Secret {
        if let tokens = try tokens(in: file.read()), tokens.isFresh(at: .now) { return tokens.access }
        return try await file.change { logins in
            guard var login = logins[server], let old = tokens(in: logins) else { throw ended("You have signed out.") }
            // Another command was faster.
            if old.isFresh(at: .now) { return old.access }
            let new: Login.Tokens
            do {
                new = try await client.renew(old.refresh).document.tokens(at: .now)
            } catch let failure as CommandFailure where failure.status == .noPermission {
                throw ended("The session has ended.")
            }
            login.proof = .session(new)
            logins[server] = login
            return new.access
        }
    }

    private func tokens(in logins: Logins) -> Login.Tokens? {
        if case .session(let tokens) = logins[server]?.proof { tokens } else { nil }
    }

    private func ended(_ what: String) -> CommandFailure {
        CommandFailure("\(what) Sign in again with: suisha login --server \(Logins.name(server))", .noPermission)
    }
}
