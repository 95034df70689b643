import ArgumentParser
import Foundation

/// `suisha key service-accounts`: who keys belong to that are no person's.
struct ServiceAccountCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "service-accounts", abstract: "Lists, makes and disables the accounts of programs.",
        discussion: """
            A key of a service account goes on working when whoever made it leaves the workspace.

            EXAMPLES
              suisha key service-accounts
              suisha key service-accounts create importer
              suisha key create nightly --service-account importer --allow jobs:write
              suisha key service-accounts disable importer
            """,
        subcommands: [
            ServiceAccountListCommand.self, ServiceAccountCreateCommand.self, ServiceAccountDisableCommand.self,
        ], defaultSubcommand: ServiceAccountListCommand.self)
}

/// `suisha key service-accounts list`.
struct ServiceAccountListCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "list", abstract: "Lists the service accounts of the workspace by name.")

    @Option(help: "Only accounts after this page: what the page before it printed.") var after: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let page = try await server.serviceAccounts(after: after)
            try await client.show(
                page, empty: "There are no service accounts. Make one with: suisha key service-accounts create NAME"
            ) { TenantText.table($0) }
        }
    }
}

/// `suisha key service-accounts create`.
struct ServiceAccountCreateCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "create", abstract: "Makes an account for a program.")

    @Argument(help: "What the program is called.") var name: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let made = try await server.createServiceAccount(name)
            if client.json { return try Output.line(made.data) }
            print(TenantText.table([made.document]), terminator: "")
            Terminal.note("It needs a key: suisha key create NAME --service-account '\(name)' --allow jobs:read")
        }
    }
}

/// `suisha key service-accounts disable`.
struct ServiceAccountDisableCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "disable",
        abstract: "Locks a program out for good: its keys end at once, with those that they made.")

    @Argument(help: "The service account, by its name or id.") var account: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let account = try await server.serviceAccount(account)
            try await server.disableServiceAccount(account.id)
            if client.json { return try Output.json(["disabled": account.id]) }
            print("disabled")
        }
    }
}
