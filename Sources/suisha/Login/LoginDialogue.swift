import Foundation
import Model

/// Signs somebody in at a server: asks for what it needs, and says who it is afterwards.
struct LoginDialogue: Sendable {
    /// Calls the server without a credential.
    let client: ServerClient
    var input = TerminalInput()

    /// How often a person may mistype the code of the authenticator app.
    private static let codes = 3

    /// Signs in with an e-mail address and a password, and a code where the account needs one.
    func withPassword(email: String?) async throws -> Login {
        let email = try email ?? input.line("E-mail address: ")
        let password = try input.secret("Password: ")
        let first = try await client.signIn(email: email, password: password).document
        guard let step = first.step else {
            return Login(account: email, proof: .session(try first.tokens(at: .now)))
        }
        return Login(account: email, proof: .session(try await code(step)))
    }

    /// Signs in with an API key, whose workspace is its own.
    func withKey() async throws -> Login {
        let key = Secret(try input.secret("API key: ").revealed.trimmingCharacters(in: .whitespaces))
        guard !key.revealed.isEmpty, key.revealed.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw CommandFailure("An API key is one line of letters, digits and signs; nothing like it came.", .noInput)
        }
        var workspace: Login.ChosenWorkspace?
        let known = client.as(.secret(key))
        do {
            let found = try await known.workspace().document
            workspace = .init(id: found.id, name: found.name)
        } catch let failure as CommandFailure where failure.refusal?.status == 403 {
            // It is a key; it only may not look at its workspace.
        }
        return Login(account: "the key \(key.revealed.prefix(21))…", proof: .key(key), workspace: workspace)
    }

    /// The second step of a sign-in.
    private func code(_ step: String) async throws -> Login.Tokens {
        for attempt in 1... {
            let code = Secret(
                try input.secret("Code of the authenticator app, or a recovery code: ").revealed.filter { $0 != " " })
            do {
                return try await client.signIn(step: step, code: code).document.tokens(at: .now)
            } catch let failure as CommandFailure
                where failure.status == .noPermission && input.isInteractive && attempt < Self.codes
            {
                Terminal.error(failure.description)
            }
        }
        throw CancellationError()
    }
}
