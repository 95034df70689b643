import ArgumentParser
import Foundation

/// `suisha usage`: what a workspace used.
struct UsageCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "usage", abstract: "Shows what the workspace used, by day or by month.",
        discussion: """
            Days and months are those of UTC.

            EXAMPLES
              suisha usage
              suisha usage --by month --from 2026-01
              suisha usage --meter processing_ms --from 2026-03-01 --json
            """)

    @Option(help: "day or month.") var by: Period = .day
    @Option(help: "The first day (2026-03-01) or month (2026-03). (default: 30 days ago, or January)") var from: String?
    @Option(help: "The last one. (default: the one that it is)") var through: String?
    @Option(help: "Only this meter.") var meter: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    enum Period: String, ExpressibleByArgument, CaseIterable {
        case day, month
    }

    func run() async throws {
        try await client.withClient { server in
            var query = ["by": by.rawValue]
            query["from"] = from
            query["through"] = through
            query["meter"] = meter
            let page = try await server.usage(query)
            try await client.show(page, empty: "Nothing was used then.") { TenantText.table($0) }
        }
    }
}

/// `suisha quota`: the bounds of the plan.
struct QuotaCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "quota", abstract: "Shows the bounds of the workspace's plan and what is used of them.",
        discussion: """
            EXAMPLES
              suisha quota
              suisha quota --workspace acme --json
            """)

    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let page = try await server.quotas()
            try await client.show(page) { TenantText.table($0) }
        }
    }
}
