import ArgumentParser
import Foundation

/// `suisha member`: the people of a workspace.
struct MemberCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "member", abstract: "Lists, invites and removes people, and gives them roles.",
        discussion: """
            MEMBER is an e-mail address or an id, ROLE a name or an id.

            EXAMPLES
              suisha member list
              suisha member invite ann@example.com --role editor
              suisha member invite --role viewer --expires 1d
              suisha member invites
              suisha member uninvite ann@example.com
              suisha member accept 'https://suisha.example.com/invite?token=…'
              suisha member role ann@example.com admin
              suisha member remove ann@example.com
            """,
        subcommands: [
            MemberListCommand.self, MemberInviteCommand.self, MemberInvitesCommand.self, MemberUninviteCommand.self,
            MemberAcceptCommand.self, MemberRoleCommand.self, MemberRemoveCommand.self,
        ], defaultSubcommand: MemberListCommand.self)
}

/// `suisha member list`.
struct MemberListCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "list", abstract: "Lists the members of the workspace.")

    @Option(help: "Only members after this one: the next page.") var after: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let page = try await server.members(after: after)
            try await client.show(page) { TenantText.table($0) }
        }
    }
}

/// `suisha member invite`.
struct MemberInviteCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "invite", abstract: "Invites somebody by a letter, or prints a link for whoever has it.",
        discussion: "Either works once. A letter can be accepted only by whoever has proved the address.")

    @Argument(help: "The e-mail address; left out for a link.") var email: String?
    @Option(help: "The role to give.") var role: String
    @Option(help: "For how long it holds, from 1h to 30d. (default: 7d)", transform: TimeArgument.duration)
    var expires: Duration?
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let request = InviteRequest(role: try await server.role(role).id, email: email, expires: expires)
            let invite = try await server.invite(request)
            if client.json { return try Output.line(invite.data) }
            if let token = invite.document.token {
                print("\(Logins.name(server.server))/invite?token=\(token)")
            } else {
                print(invite.document.id)
                Terminal.note("A letter to \(invite.document.email ?? "the address") is on its way.")
            }
            Terminal.note("It holds until \(invite.document.expiresAt).")
        }
    }
}

/// `suisha member role`.
struct MemberRoleCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "role", abstract: "Gives a member another role; it holds at once.")

    @Argument(help: "The member.") var member: String
    @Argument(help: "The role.") var role: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let role = try await server.role(role).id
            let answer = try await server.setRole(role, of: server.member(member).user)
            if client.json { return try Output.line(answer.data) }
            print(TenantText.table([answer.document]), terminator: "")
        }
    }
}

/// `suisha member remove`.
struct MemberRemoveCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "remove", abstract: "Removes a member, whose keys and open connections end at once.")

    @Argument(help: "The member.") var member: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let member = try await server.member(member)
            try await server.removeMember(member.user)
            if client.json { return try Output.json(["removed": member.user]) }
            print("removed")
        }
    }
}
