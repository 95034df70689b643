import ArgumentParser
import Foundation

/// `suisha serve`: answers requests, runs jobs, or both.
struct ServeCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "serve", abstract: "Starts a server: the API, the pages and, unless told otherwise, a worker.",
        discussion: """
            Runs until it gets SIGTERM or SIGINT; then it takes no more requests, gives running jobs worker.drain_time to \
            end, and hands the rest back. The database is brought up to date first.

            EXAMPLES
              suisha serve                everything in one process
              suisha serve --roles api    no jobs; start 'suisha worker' elsewhere
              suisha serve --database-url postgres://app@db/suisha
            """)

    @Option(help: "What this process does: api, worker, or both with a comma between them.")
    var roles: RoleList = RoleList(roles: [.api, .worker])

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
        try await serving(settings, roles: Set(roles.roles))
    }
}

/// `suisha worker`: runs jobs and answers no requests.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "worker", abstract: "Runs jobs; the same as 'serve --roles worker'.",
        discussion: """
            Needs the database and the object store of the servers whose jobs it runs. Start as many as you like.

            EXAMPLES
              suisha worker --worker-slots 4
              suisha worker --config /etc/suisha/suisha.yaml
            """)

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
        try await serving(settings, roles: [.worker])
    }
}

/// `suisha migrate`: brings the database up to date.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "migrate", abstract: "Brings the database up to date and says what it did.",
        discussion: """
            'serve' and 'worker' do this by themselves. As a command of its own it suits deployments that change the \
            database before they start new servers. Several at a time do no harm; migrations only go forward.
            """)

    @Flag(help: "Print JSON.")
    var json: Bool = false

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
        try await reporting {
            let serverSettings = try ServerSettings(settings.effective())
            Logs.start(serverSettings.logs)
            let applied = try await Server.migrate(serverSettings)
            if json {
                try Output.json(["applied": applied])
            } else if applied.isEmpty {
                print("The database is up to date.")
            } else {
                for name in applied { print("applied \(name)") }
            }
        }
    }
}

/// A list of roles on the command line: `api,worker`.
struct RoleList: ExpressibleByArgument, CustomStringConvertible {
    let roles: [Role]

    init(roles: [Role]) {
        self.roles = roles
    }

    init?(argument: String) {
        let words = argument.split(separator: ",")
        roles = words.compactMap { Role(rawValue: String($0)) }
        if roles.isEmpty || roles.count != words.count { return nil }
    }

    var description: String { roles.map(\.rawValue).joined(separator: ",") }
    var defaultValueDescription: String { description }
    static let allValueStrings: [String] = ["api", "worker", "api,worker"]
}

private func serving(_ options: SettingOptions, roles: Set<Role>) async throws {
    try await reporting {
        let settings = try ServerSettings(options.effective())
        Logs.start(settings.logs)
        let onTerminal = Terminal.isInteractive
        try await Server.run(settings, roles: roles) { address in
            guard onTerminal else { return }
            Terminal.note("Suisha is ready at \(address.url.absoluteString)")
            if let link = address.owner {
                Terminal.note("Make the first account, which runs the server: \(link.absoluteString)")
            }
            if let link = address.signIn { Terminal.note("Open in a browser: \(link.absoluteString)") }
        }
    }
}
