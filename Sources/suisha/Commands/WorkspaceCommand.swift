import ArgumentParser
import Foundation

/// `suisha workspace`: the tenants that somebody belongs to.
struct WorkspaceCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "workspace",
        abstract: "Makes, lists, chooses, renames, transfers, leaves, deletes, restores and exports workspaces.",
        discussion: """
            WORKSPACE is an id, a short name or a name.

            EXAMPLES
              suisha workspace create Acme --short-name acme
              suisha workspace list
              suisha workspace use acme
              suisha workspace rename Acme2
              suisha workspace export acme-2026
              suisha workspace transfer ann@example.com
              suisha workspace leave acme
              suisha workspace delete acme
              suisha workspace restore acme
            """,
        subcommands: [
            WorkspaceListCommand.self, WorkspaceCreateCommand.self, WorkspaceShowCommand.self,
            WorkspaceUseCommand.self, WorkspaceRenameCommand.self, WorkspaceTransferCommand.self,
            WorkspaceLeaveCommand.self, WorkspaceDeleteCommand.self, WorkspaceRestoreCommand.self,
            WorkspaceExportCommand.self,
        ], defaultSubcommand: WorkspaceListCommand.self)
}

/// `suisha workspace list`.
struct WorkspaceListCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "list", abstract: "Lists the workspaces that you are in; a star marks the one that you act in.")

    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let page = try await server.in(nil).workspaces()
            try await client.show(page, empty: "You are in no workspace. Make one with: suisha workspace create NAME") {
                TenantText.table($0, current: server.currentWorkspace)
            }
        }
    }
}

/// `suisha workspace create`.
struct WorkspaceCreateCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "create", abstract: "Makes a workspace that you own, and acts in it from now on.")

    @Argument(help: "Its name.") var name: String
    @Option(help: "A name for addresses: small letters, digits and hyphens. (default: made from the name)")
    var shortName: String?
    @Flag(help: "Go on acting where you act now.") var stay: Bool = false
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.showWorkspace { server in
            let made = try await server.in(nil).createWorkspace(name, shortName: shortName)
            if !stay { try await client.choose(made.document) }
            return made
        }
    }
}

/// `suisha workspace show`.
struct WorkspaceShowCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "show", abstract: "Shows a workspace.")

    @Argument(help: "The workspace. (default: the one that you act in)") var name: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.showWorkspace { server in
            guard let name else { return try await server.workspace() }
            return try await server.in(server.workspaceID(name)).workspace()
        }
    }
}

/// `suisha workspace use`.
struct WorkspaceUseCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "use", abstract: "Chooses the workspace that later commands act in.",
        discussion: "For one command alone there is --workspace, and for a script SUISHA_WORKSPACE.")

    @Argument(help: "The workspace.") var name: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.showWorkspace { server in
            let chosen = try await server.in(server.workspaceID(name)).workspace()
            guard try await client.choose(chosen.document) else {
                throw CommandFailure(
                    "The choice is kept with a login, and there is none at this server. Set SUISHA_WORKSPACE instead.")
            }
            return chosen
        }
    }
}

/// `suisha workspace rename`.
struct WorkspaceRenameCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "rename", abstract: "Gives the workspace another name; its short name stays.")

    @Argument(help: "The new name.") var name: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.showWorkspace { try await $0.renameWorkspace(name) }
    }
}

/// `suisha workspace transfer`.
struct WorkspaceTransferCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "transfer", abstract: "Makes another member the owner of the workspace; you become an admin.")

    @Argument(help: "The member, by e-mail address or id.") var member: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let member = try await server.member(member)
            try await server.transferWorkspace(to: member.user)
            if client.json { return try Output.json(["owner": member.user]) }
            print("transferred to \(member.email ?? member.user)")
        }
    }
}

/// `suisha workspace leave`.
struct WorkspaceLeaveCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "leave", abstract: "Takes you out of a workspace; your keys there end.",
        discussion: "Its last owner cannot leave: transfer it first, or delete it.")

    @Argument(help: "The workspace, which must be named.") var name: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let id = try await server.workspaceID(name)
            try await server.in(id).leaveWorkspace()
            try await client.forgetChoice(of: id)
            if client.json { return try Output.json(["left": id]) }
            print("left")
        }
    }
}

/// `suisha workspace delete`.
struct WorkspaceDeleteCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "delete", abstract: "Deletes a workspace: nothing in it works any more.",
        discussion: "It can be restored for a while; then it is gone for good, with everything in it.")

    @Argument(help: "The workspace, which must be named.") var name: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.showWorkspace { server in
            try await server.in(server.workspaceID(name)).deleteWorkspace()
        }
    }
}

/// `suisha workspace restore`.
struct WorkspaceRestoreCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "restore", abstract: "Brings a deleted workspace back.")

    @Argument(help: "The workspace.") var name: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.showWorkspace { server in
            try await server.in(server.workspaceID(name)).restoreWorkspace()
        }
    }
}

/// `suisha workspace export`.
struct WorkspaceExportCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "export", abstract: "Copies what the workspace holds into a folder.",
        discussion: """
            The folder gets a file of JSON lines for each kind of thing, a file for each document, the audit log and, with \
            --files, what the jobs made. What you may not read is left out and named.

            EXAMPLES
              suisha workspace export acme-2026
              suisha workspace export acme-2026 --files --workspace acme
            """)

    @Argument(help: "The folder; it must not be there yet.", completion: .directory) var folder: String
    @Flag(help: "Fetch the files of the jobs as well.") var files: Bool = false
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let result = try await WorkspaceArchive(client: server, folder: URL(filePath: folder)).write(
                withFiles: files)
            if client.json { return try Output.json(result) }
            for name in result.left { Terminal.note("left out, as you may not read it: \(name)") }
            Terminal.note("\(result.files) files in \(folder)")
            print(folder)
        }
    }
}

extension ClientOptions {
    /// Prints the workspace that the call answers.
    fileprivate func showWorkspace(
        _ call: (ServerClient) async throws -> Answer<WorkspaceDocument>
    ) async throws {
        try await withClient { server in
            let answer = try await call(server)
            if json { return try Output.line(answer.data) }
            print(TenantText.page(answer.document), terminator: "")
        }
    }

    /// Keeps the workspace with the login at the server.
    ///
    /// - Returns: whether there is a login to keep it with.
    @discardableResult
    fileprivate func choose(_ workspace: WorkspaceDocument) async throws -> Bool {
        let target = try target()
        guard case .session = target.login?.proof else { return false }
        return try await target.file.change { logins in
            guard var login = logins[target.server] else { return false }
            login.workspace = .init(id: workspace.id, name: workspace.name)
            logins[target.server] = login
            return true
        }
    }

    /// Leaves it to the server where later commands act, if they acted in that workspace.
    fileprivate func forgetChoice(of workspace: String) async throws {
        let target = try target()
        guard target.login?.workspace?.id == workspace else { return }
        try await target.file.change { logins in
            guard var login = logins[target.server], login.workspace?.id == workspace else { return }
            login.workspace = nil
            logins[target.server] = login
        }
    }
}
