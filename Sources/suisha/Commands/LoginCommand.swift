import ArgumentParser
import Foundation
import Model

/// `suisha login`: signs in at a server.
struct LoginCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "login", abstract: "Signs in at a server, for every later command.",
        discussion: """
            Asks for your e-mail address, your password and, when your account has a second factor, a code; nothing of it is \
            shown or kept. What is kept are the tokens of the session, or the API key, in suisha/logins.json in your folder \
            for configuration, which only you can read. Logins at several servers stand side by side; commands call the \
            server of the last one unless they name another.

            Where standard input is no terminal, its first line is the password, or the API key, and its second the code.

            EXAMPLES
              suisha login --server https://suisha.example.com
              suisha login --email me@example.com --workspace acme
              suisha login --api-key
            """)

    @Option(help: "Your e-mail address; asked for when it is left out.") var email: String?
    @Flag(help: "Read an API key from standard input instead of a password.") var apiKey: Bool = false
    @Option(help: "The workspace to act in: its id, its short name or its name. (default: the oldest)")
    var workspace: String?
    @OptionGroup(title: "Server") var options: LoginOptions

    func validate() throws {
        guard !apiKey || (email == nil && workspace == nil) else {
            throw ValidationError(
                "An API key belongs to one account and one workspace; leave --email and --workspace out.")
        }
    }

    func run() async throws {
        try await options.withServer { client, file in
            let dialogue = LoginDialogue(client: client)
            var login = try await apiKey ? dialogue.withKey() : dialogue.withPassword(email: email)
            let before = try file.read()[client.server]
            if case .session(let tokens) = login.proof {
                let found = try await choice(client.as(.secret(tokens.access)), before: before)
                login.workspace = found
            }
            let newest = login
            try await file.change { logins in
                logins[client.server] = newest
                logins.choose(client.server)
            }
            if let before { await before.end(at: client) }
            let server = Logins.name(client.server)
            if options.json {
                return try Output.json(
                    LoginLine(server: server, account: login.account, workspace: login.workspace?.id))
            }
            Terminal.note("Signed in at \(server) as \(login.account).")
            if let workspace = login.workspace {
                Terminal.note("Commands act in the workspace \(workspace.name); choose with: suisha workspace use NAME")
            } else if !apiKey {
                Terminal.note("You are in no workspace yet. Make one with: suisha workspace create NAME")
            }
        }
    }

    /// The workspace that was named; else the one chosen before, if it is still the person's; else the oldest.
    private func choice(_ client: ServerClient, before: Login?) async throws -> Login.ChosenWorkspace? {
        if let workspace {
            let found = try await client.workspace(named: workspace)
            return .init(id: found.id, name: found.name)
        }
        let all = try await client.workspaces().document.items.map(\.workspace)
        let found = all.first { $0.id == before?.workspace?.id } ?? all.min { $0.createdAt < $1.createdAt }
        return found.map { .init(id: $0.id, name: $0.name) }
    }
}

/// `suisha logout`: ends the session.
struct LogoutCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "logout", abstract: "Ends the session at a server and forgets its tokens.",
        discussion: """
            An API key is forgotten here and goes on working elsewhere; 'suisha key revoke' ends it.

            EXAMPLES
              suisha logout
              suisha logout --server https://suisha.example.com
            """)

    @OptionGroup(title: "Server") var options: LoginOptions

    func run() async throws {
        try await options.withServer { client, file in
            let server = Logins.name(client.server)
            let login = try await file.change { logins in
                let login = logins[client.server]
                logins[client.server] = nil
                return login
            }
            guard let login else { throw CommandFailure("You are not signed in at \(server).", .failed) }
            let isOver = await login.end(at: client)
            if options.json {
                return try Output.json(LogoutLine(server: server, account: login.account, hasEnded: isOver))
            }
            Terminal.note("Signed out at \(server).")
            if !isOver {
                Terminal.note(
                    "The server could not be told: end the session under your account's sessions when it answers again."
                )
            }
        }
    }
}

/// `suisha whoami`: who commands are.
struct WhoamiCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "whoami", abstract: "Shows who you are at a server, where you act, and what you may do there.",
        discussion: """
            EXAMPLES
              suisha whoami
              suisha whoami --all
            """)

    @Flag(help: "List every login of yours instead, without asking a server.") var all: Bool = false
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        if all { return try await reporting { try list() } }
        try await client.withClient { server in
            // Keys may not look at their workspace, and neither they nor the server's token have an account.
            let rights = try await unlessRefused([403, 404]) { try await server.rights() }
            let account = try await unlessRefused(rights == nil ? [403, 404] : [401, 403, 404]) {
                try await server.account()
            }
            if client.json {
                return try Output.json(
                    WhoamiLine(
                        server: Logins.name(server.server), account: account?.data.json, rights: rights?.data.json))
            }
            var lines = [("server", Logins.name(server.server))]
            if let account = account?.document {
                lines.append(("account", "\(account.email) (\(account.name))"))
                if account.isOperator { lines.append(("operator", "runs this server")) }
                lines.append(("code", account.secondFactor ? "needed at the sign-in" : "not needed at the sign-in"))
            }
            if let rights = rights?.document {
                lines += [("acts as", rights.actor), ("in", rights.workspace)]
                lines.append(("may", rights.permissions.joined(separator: " ")))
            }
            print(TextTable.page(lines), terminator: "")
        }
    }

    private func list() throws {
        let logins = try LoginFile(environment: ProcessInfo.processInfo.environment).read()
        if client.json {
            return try Output.json(
                logins.all.map {
                    LoginLine(server: $0.server, account: $0.login.account, workspace: $0.login.workspace?.id)
                })
        }
        if logins.all.isEmpty { return Terminal.note("You are signed in nowhere. Sign in with: suisha login") }
        let rows = logins.all.map { server, login in
            [server == logins.current ? "*" : "", server, login.account, login.workspace?.name ?? "-"]
        }
        print(TextTable.text(head: ["", "SERVER", "ACCOUNT", "WORKSPACE"], rows: rows), terminator: "")
    }

    /// The answer; nil for a refusal with one of these statuses.
    private func unlessRefused<Document>(
        _ statuses: [Int?], _ call: () async throws -> Answer<Document>
    ) async throws -> Answer<Document>? {
        do {
            return try await call()
        } catch let failure as CommandFailure where statuses.contains(failure.refusal?.status) {
            return nil
        }
    }
}

/// The flags of the commands that sign in and out.
struct LoginOptions: ParsableArguments {
    @Option(
        help:
            "The server. (default: the address that suisha.yaml or the environment gives, else the one of the last login, else http://127.0.0.1:8080)"
    )
    var server: String?

    @Option(name: .customLong("config"), help: "The YAML file with settings; suisha.yaml when there is one.")
    var configurationFile: String?

    @Flag(help: "Print JSON.")
    var json: Bool = false

    /// Runs the body with a client that has no credential, and turns failures into sentences.
    func withServer(_ body: (ServerClient, LoginFile) async throws -> Void) async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            var flags: [String: String] = [:]
            flags[Settings.server.declaration.key] = server
            let target = try CallTarget(
                EffectiveSettings.ofClient(flags, configurationFile, environment), LoginFile(environment: environment))
            try await ServerClient.with(target.server, as: .signIn) { try await body($0, target.file) }
        }
    }
}

extension Login {
    /// Ends the session at its server, as far as that can be reached; a key goes on.
    @discardableResult
    fileprivate func end(at client: ServerClient) async -> Bool {
        guard case .session(let tokens) = proof else { return true }
        do {
            let newest =
                tokens.isFresh(at: .now) ? tokens : try await client.renew(tokens.refresh).document.tokens(at: .now)
            try await client.as(.secret(newest.access)).signOut()
            return true
        } catch {
            // Refused, because it had ended already.
            return (error as? CommandFailure)?.refusal?.status == 401
        }
    }
}

private struct LoginLine: Encodable {
    let server: String
    let account: String
    let workspace: String?
}

private struct LogoutLine: Encodable {
    let server: String
    let account: String
    let hasEnded: Bool

    private enum CodingKeys: String, CodingKey {
        case server, account
        case hasEnded = "session_ended"
    }
}

private struct WhoamiLine: Encodable {
    let server: String
    let account: JSONText?
    let rights: JSONText?
}

extension Data {
    /// An answer of the server, to put into a larger document.
    fileprivate var json: JSONText { JSONText(trusted: String(decoding: self, as: UTF8.self)) }
}
