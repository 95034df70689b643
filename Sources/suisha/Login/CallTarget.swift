import Foundation
import Model

/// The server that a command calls, as whom, and in which workspace.
struct CallTarget: Sendable {
    let server: URL
    let credential: Credential
    let file: LoginFile
    /// The login whose proof is shown, if it is one's.
    let login: Login?
    /// The workspace that was named on the command line or in the environment.
    private let named: String?

    /// A server that somebody names wins over the one of the last login, and a token that somebody names over a login; a
    /// login wins over the token of a server on this machine.
    ///
    /// - Throws: ``SettingError``.
    init(_ settings: EffectiveSettings, _ file: LoginFile) throws {
        func isGiven(_ declaration: SettingDeclaration) throws -> Bool {
            guard let source = try settings.text(declaration)?.source else { return false }
            return source != .standard
        }
        let token = try settings.optional(Settings.token)
        let isTokenGiven = try token != nil || isGiven(Settings.httpTokenFile.declaration)
        let isServerGiven = try [
            Settings.server.declaration, Settings.httpHost.declaration, Settings.httpPort.declaration,
        ].contains(where: isGiven)
        // What is not needed must not be an obstacle.
        let logins = isTokenGiven && isServerGiven ? Logins() : try file.read()
        let standard = try settings.value(Settings.server)
        let server = isServerGiven ? standard : logins.current.flatMap { URL(string: $0) } ?? standard
        let login = isTokenGiven ? nil : logins[server]
        if let token {
            credential = .secret(token)
        } else {
            switch login?.proof {
            case .session: credential = .session(SessionRenewal(file: file, server: server))
            case .key(let key): credential = .secret(key)
            case nil:
                credential =
                    try TokenFile(url: settings.value(Settings.httpTokenFile)).read().map(Credential.secret)
                    ?? .unknown
            }
        }
        (self.server, self.file, self.login) = (server, file, login)
        named = try settings.optional(Settings.workspace)
    }

    /// The id of the workspace to act in; nil where nobody chose one.
    ///
    /// - Parameter client: asks the server where only a name is known.
    func workspace(by client: ServerClient) async throws -> String? {
        guard let named else { return login?.workspace?.id }
        return try await client.workspaceID(named)
    }
}
