import ArgumentParser
import Foundation
import Model

/// `suisha audit`: what was done and refused.
struct AuditCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "audit", abstract: "Lists, exports and verifies the audit log of the workspace.",
        discussion: """
            EXAMPLES
              suisha audit list --outcome refused --from 2026-03-01
              suisha audit export --format csv --output audit.csv
              suisha audit verify
            """,
        subcommands: [AuditListCommand.self, AuditExportCommand.self, AuditVerifyCommand.self],
        defaultSubcommand: AuditListCommand.self)
}

/// The flags that choose entries of the log.
struct AuditFilterOptions: ParsableArguments {
    @Option(help: "Only what this one did: user_…, key_…, service_… or server.") var actor: String?
    @Option(help: "Only this action, such as member.removed.") var action: String?
    @Option(help: "Only what was done to this.") var target: String?
    @Option(help: "Only what was done, or what was refused.") var outcome: Outcome?
    @Option(help: "Only entries from this day or moment on.", transform: TimeArgument.dayOrMoment) var from: Timestamp?
    @Option(help: "Only entries before this day or moment.", transform: TimeArgument.dayOrMoment) var until: Timestamp?

    enum Outcome: String, ExpressibleByArgument, CaseIterable {
        case done, refused
    }

    var query: [String: String] {
        var query: [String: String] = [:]
        query["actor"] = actor
        query["action"] = action
        query["target"] = target
        query["outcome"] = outcome?.rawValue
        query["from"] = from?.description
        query["until"] = until?.description
        return query
    }
}

/// `suisha audit list`.
struct AuditListCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "list", abstract: "Lists what was done and refused, the newest first.")

    @Option(help: "How many, at most 100.") var limit: Int = 20
    @Option(help: "Only what came before this one: the next page.") var after: String?
    @OptionGroup(title: "Entries") var filter: AuditFilterOptions
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            var query = filter.query
            query["limit"] = String(limit)
            query["after"] = after
            let page = try await server.audit(query)
            try await client.show(page, empty: "There are no such entries.") { TenantText.table($0) }
        }
    }
}

/// `suisha audit export`.
struct AuditExportCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "export", abstract: "Writes the log, the oldest entry first, as JSON lines or CSV.")

    @Option(help: "jsonl, or csv, in which no cell is a formula.") var format: Format = .jsonl
    @Option(name: .shortAndLong, help: "The file to write; standard output when it is left out.", completion: .file())
    var output: String?
    @OptionGroup(title: "Entries") var filter: AuditFilterOptions
    @OptionGroup(title: "Server") var client: ClientOptions

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case jsonl, csv
    }

    func run() async throws {
        try await client.withClient { server in
            let query = filter.query.merging(["format": format.rawValue]) { $1 }
            guard let output, output != "-" else {
                return try await server.exportAudit(query) { try Terminal.output($0) }
            }
            try await FileDraft.write(output) { write in try await server.exportAudit(query, to: write) }
            if client.json { return try Output.json(["file": output]) }
            print(output)
        }
    }
}

/// `suisha audit verify`.
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "verify", abstract: "Walks along the chain of the log and says whether it holds.",
        discussion: """
            Finds an entry that was changed, removed, moved or put in, and a missing end. Keep the anchor that it prints \
            somewhere else, and give it to a later check: so a log is found too that was put back to an earlier state.

            EXIT STATUS
              0 when the chain holds, 1 when it does not.
            """)

    @Option(help: "The anchor that an earlier check printed.") var anchor: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let found = try await server.verifyAudit(anchor: anchor)
            if client.json {
                try Output.line(found.data)
            } else if found.document.problem == nil {
                print(
                    TextTable.page([
                        ("entries", "\(found.document.entries), all as they were written"),
                        ("anchor", "\(found.document.entries):\(found.document.hash)"),
                    ]), terminator: "")
            }
            if let problem = found.document.problem {
                throw CommandFailure("The audit log was tampered with: \(problem)")
            }
        }
    }
}
