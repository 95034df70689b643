import ArgumentParser
import Foundation
import Model

/// `suisha member invites`.
struct MemberInvitesCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "invites", abstract: "Lists the open invitations, the newest first.")

    @Option(help: "Only invitations after this page: what the page before it printed.") var after: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let page = try await server.invites(after: after)
            try await client.show(
                page, empty: "No invitation is open. Invite with: suisha member invite ADDRESS --role viewer"
            ) {
                TenantText.table($0, roles: try await server.roles().document.items)
            }
        }
    }
}

/// `suisha member uninvite`.
struct MemberUninviteCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "uninvite", abstract: "Takes an open invitation back: nobody can accept it any more.")

    @Argument(help: "The e-mail address that was invited, or the id of the invitation.") var invite: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let invite = try await server.invite(invite)
            try await server.revokeInvite(invite.id)
            if client.json { return try Output.json(["revoked": invite.id]) }
            print("taken back")
        }
    }
}

/// `suisha member accept`.
struct MemberAcceptCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "accept", abstract: "Accepts an invitation: you are a member of the workspace then.",
        discussion: "You sign in first. An invitation to an address is for whoever has proved that address.")

    @Argument(help: "The link, or the secret alone; read from standard input when it is left out.") var link: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let link = try InviteLink(link ?? TerminalInput().secret("Link: ").revealed)
            let joined = try await server.in(nil).acceptInvite(link.token(for: server.server))
            if client.json { return try Output.line(joined.data) }
            print(TenantText.page(joined.document), terminator: "")
            Terminal.note("Act in it with: suisha workspace use \(joined.document.slug)")
        }
    }
}
