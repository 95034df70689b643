import ArgumentParser
import Foundation

/// `suisha key`: API keys for programs.
struct KeyCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "key", abstract: "Lists, makes and revokes API keys.",
        discussion: """
            A key acts in one workspace and never may do more than whoever made it.

            EXAMPLES
              suisha key list
              suisha key create robot --allow jobs:read,jobs:write --expires 90d
              suisha key revoke robot
              suisha key service-accounts
              suisha key rotate-signing
            """,
        subcommands: [
            KeyListCommand.self, KeyCreateCommand.self, KeyRevokeCommand.self, ServiceAccountCommand.self,
            KeyRotateSigningCommand.self,
        ], defaultSubcommand: KeyListCommand.self)
}

/// `suisha key list`.
struct KeyListCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "list", abstract: "Lists the API keys of the workspace, without their secrets.")

    @Option(help: "Only keys after this page: what the page before it printed.") var after: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let page = try await server.keys(after: after)
            try await client.show(
                page, empty: "There are no keys. Make one with: suisha key create NAME --allow jobs:read"
            ) { TenantText.table($0) }
        }
    }
}

/// `suisha key create`.
struct KeyCreateCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "create", abstract: "Makes an API key and prints its secret, this once.",
        discussion: """
            The secret alone goes to standard output, so that it can go on into a file or another program:

              (umask 077; suisha key create robot --allow jobs:read > robot.key)
            """)

    @Argument(help: "What it is for.") var name: String
    @Option(help: PermissionArgument.help) var allow: String
    @Option(help: "For how long it holds, such as 90d. (default: without an end)", transform: TimeArgument.duration)
    var expires: Duration?
    @Option(help: "Make it for this service account, by its name or id, instead of for you.")
    var serviceAccount: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let permissions = try PermissionArgument.names(in: allow)
            var account: String?
            if let serviceAccount { account = try await server.serviceAccount(serviceAccount).id }
            let key = try await server.createKey(
                KeyRequest(name: name, permissions: permissions, expires: expires, serviceAccount: account))
            if client.json { return try Output.line(key.data) }
            Terminal.note("\(key.document.id) \(key.document.name): nobody can show the secret again.")
            print(key.document.secret ?? "")
        }
    }
}

/// `suisha key revoke`.
struct KeyRevokeCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "revoke", abstract: "Revokes an API key at once and for good, with every key that it made.")

    @Argument(help: "The key's id, its name, or what its secret begins with.") var key: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let key = try await server.key(key)
            try await server.revokeKey(key.id)
            if client.json { return try Output.json(["revoked": key.id]) }
            print("revoked")
        }
    }
}

/// `suisha key rotate-signing`.
struct KeyRotateSigningCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "rotate-signing", abstract: "Signs access tokens with the next key; for who runs the server.",
        discussion: """
            Nobody is signed out: every process follows within a minute, and the old key verifies for an hour more. It \
            changes no API key.
            """)

    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let key = try await server.in(nil).rotateSigningKeys()
            if client.json { return try Output.line(key.data) }
            print(key.document.kid)
            Terminal.note("Access tokens are signed with this key from now on.")
        }
    }
}
