import ArgumentParser
import Foundation

/// `suisha role`: what people of a workspace may do.
struct RoleCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "role", abstract: "Lists, makes, edits and deletes roles.",
        discussion: """
            Whoever has a role acts on members of lower ranks. Nobody hands out what they may not do themselves.

            EXAMPLES
              suisha role list
              suisha role create runner --rank 300 --allow jobs:read,jobs:write
              suisha role edit runner --allow jobs:read,jobs:write,queues:read
              suisha role delete runner
            """,
        subcommands: [
            RoleListCommand.self, RoleCreateCommand.self, RoleEditCommand.self, RoleDeleteCommand.self,
        ], defaultSubcommand: RoleListCommand.self)
}

/// `suisha role list`.
struct RoleListCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "list", abstract: "Lists the roles, the highest rank first.")

    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let page = try await server.roles()
            try await client.show(page) { TenantText.table($0) }
        }
    }
}

/// `suisha role create`.
struct RoleCreateCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "create", abstract: "Makes a role of chosen permissions.")

    @Argument(help: "Its name.") var name: String
    @Option(help: "Its rank, 1 to 999, below your own.") var rank: Int
    @Option(help: PermissionArgument.help) var allow: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.showRole { server in
            try await server.createRole(
                RoleRequest(name: name, rank: rank, permissions: try PermissionArgument.names(in: allow)))
        }
    }
}

/// `suisha role edit`.
struct RoleEditCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "edit", abstract: "Changes a role of the workspace's own; what is left out stays.",
        discussion: "It holds at once for everybody who has the role.")

    @Argument(help: "The role.") var role: String
    @Option(help: "Its new name.") var name: String?
    @Option(help: "Its new rank, 1 to 999, below your own.") var rank: Int?
    @Option(help: PermissionArgument.help) var allow: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    func validate() throws {
        guard name != nil || rank != nil || allow != nil else {
            throw ValidationError("Give --name, --rank, --allow or several of them.")
        }
    }

    func run() async throws {
        try await client.showRole { server in
            let role = try await server.role(role)
            var request = RoleRequest(name: role.name, rank: role.rank, permissions: role.permissions)
            if let name { request.name = name }
            if let rank { request.rank = rank }
            if let allow { request.permissions = try PermissionArgument.names(in: allow) }
            return try await server.updateRole(role.id, request)
        }
    }
}

/// `suisha role delete`.
struct RoleDeleteCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "delete", abstract: "Deletes a role that nobody has.")

    @Argument(help: "The role.") var role: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let role = try await server.role(role)
            try await server.deleteRole(role.id)
            if client.json { return try Output.json(["deleted": role.id]) }
            print("deleted")
        }
    }
}

extension ClientOptions {
    /// Prints the role that the call answers.
    fileprivate func showRole(_ call: (ServerClient) async throws -> Answer<RoleDocument>) async throws {
        try await withClient { server in
            let answer = try await call(server)
            if json { return try Output.line(answer.data) }
            print(TenantText.table([answer.document]), terminator: "")
        }
    }
}
