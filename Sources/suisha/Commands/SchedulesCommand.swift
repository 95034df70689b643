import ArgumentParser
import Foundation
import Model

/// `suisha schedules`: jobs that the clock submits.
struct SchedulesCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "schedules", abstract: "Makes, lists, pauses, runs and removes schedules.",
        discussion: """
            EXAMPLES
              suisha schedules list
              suisha schedules put nightly --kind report --cron @daily --input {}
              suisha schedules next nightly
              suisha schedules pause nightly
              suisha schedules run nightly --watch
            """,
        subcommands: [
            SchedulesListCommand.self, SchedulesShowCommand.self, SchedulesPutCommand.self, SchedulesNextCommand.self,
            SchedulesPauseCommand.self, SchedulesResumeCommand.self, SchedulesRunCommand.self,
            SchedulesRemoveCommand.self,
        ], defaultSubcommand: SchedulesListCommand.self)
}

/// `suisha schedules list`.
struct SchedulesListCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "list", abstract: "Lists the schedules with their next ticks.")

    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let page = try await server.schedules()
            try await client.show(
                page, empty: "There are no schedules. Make one with: suisha schedules put NAME --help"
            ) { ScheduleText.table($0) }
        }
    }
}

/// `suisha schedules show`.
struct SchedulesShowCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "show", abstract: "Shows a schedule.")

    @Argument(help: "The schedule's name.") var name: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.showSchedule { try await $0.schedule(name) }
    }
}

/// `suisha schedules put`.
struct SchedulesPutCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "put", abstract: "Makes a schedule, or replaces the one of that name.",
        discussion: """
            CRON is five fields, a word such as @daily, or an interval such as '@every 1h30m'; docs/schedules.md has them all.

            EXAMPLES
              suisha schedules put nightly --kind report --cron @daily --input {}
              suisha schedules put poll --kind fetch --cron @hourly --input f.json

            Five fields need quotes, as they hold blanks and stars:

              --cron '30 9 * * MON-FRI' --time-zone Europe/Berlin --missed skip
            """)

    @Argument(help: "Its name: small letters, digits, hyphens, underscores and dots.") var name: String
    @Option(help: "The kind of its jobs.") var kind: String
    @Option(help: "When it is due.") var cron: String
    @Option(
        help: "The input of its jobs: a file with JSON, - for standard input, or the JSON object itself.",
        completion: .file())
    var input: String
    @Option(help: "The IANA name of the zone whose clocks count. (default: UTC)") var timeZone: String?
    @Option(help: "What happens to ticks that nobody could fire: skip, latest or all:N. (default: latest)")
    var missed: String?
    @Option(help: "The priority of its jobs, -100 to 100.") var priority: Int?
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.showSchedule { server in
            let request = ScheduleRequest(
                kind: kind, input: try JSONInput.read(input), cron: cron, timeZone: timeZone, missed: missed,
                priority: priority)
            return try await server.put(request, as: name)
        }
    }
}

/// `suisha schedules pause`.
struct SchedulesPauseCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "pause", abstract: "Pauses a schedule; ticks that pass meanwhile never run.")

    @Argument(help: "The schedule's name.") var name: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.showSchedule { try await $0.schedule(name, "pause") }
    }
}

/// `suisha schedules resume`.
struct SchedulesResumeCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "resume", abstract: "Resumes a schedule, from now on.")

    @Argument(help: "The schedule's name.") var name: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.showSchedule { try await $0.schedule(name, "resume") }
    }
}

/// `suisha schedules run`.
struct SchedulesRunCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "run", abstract: "Submits a job of a schedule now, besides its ticks, and prints its id.")

    @Argument(help: "The schedule's name.") var name: String
    @Option(
        name: [.customLong("key"), .customLong("idempotency-key")],
        help: "A key of your choice; running again with the same key gives the first job back.")
    var key: String?
    @Flag(help: "Wait until the job has ended.") var wait: Bool = false
    @Flag(help: "Wait, and show how far it is.") var watch: Bool = false
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let job = try await server.runSchedule(name, idempotencyKey: key)
            try await conclude(job, with: server, waits: wait || watch, shows: watch, json: client.json)
        }
    }
}

/// `suisha schedules next`.
struct SchedulesNextCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "next", abstract: "Shows the next ticks of a schedule.")

    @Argument(help: "The schedule's name.") var name: String
    @Option(help: "How many, at most 100.") var count: Int = 5
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let page = try await server.ticks(of: name, count: count)
            try await client.show(page, empty: "It is never due.") { ticks in
                TextTable.text(head: ["ITS CLOCKS", "UTC"], rows: ticks.map { [$0.local, $0.at.description] })
            }
        }
    }
}

/// `suisha schedules remove`.
struct SchedulesRemoveCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "remove", abstract: "Removes a schedule; jobs that it has submitted stay.")

    @Argument(help: "The schedule's name.") var name: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            try await server.removeSchedule(name)
            if client.json { return try Output.json(["removed": name]) }
            print("removed")
        }
    }
}

extension ClientOptions {
    /// Prints the schedule that the call answers.
    fileprivate func showSchedule(
        _ call: (ServerClient) async throws -> Answer<ScheduleDocument>
    ) async throws {
        try await withClient { server in
            let answer = try await call(server)
            if json { return try Output.line(answer.data) }
            print(ScheduleText.page(answer.document), terminator: "")
        }
    }
}
