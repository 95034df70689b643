import ArgumentParser
import Foundation
import Model

/// `suisha jobs`: what runs and what ran.
struct JobsCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "jobs", abstract: "Submits, lists, shows, follows, cancels and retries jobs.",
        discussion: """
            EXAMPLES
              suisha jobs list --state leased,ready
              suisha jobs show JOB
              suisha jobs watch JOB
              suisha jobs logs JOB --follow
              suisha jobs submit count-words --input words.json --priority 10
              suisha jobs retry JOB --input mended.json
            """,
        subcommands: [
            JobsSubmitCommand.self, JobsListCommand.self, JobsShowCommand.self, JobsWatchCommand.self,
            JobsLogsCommand.self,
            JobsCancelCommand.self, JobsRetryCommand.self,
        ])
}

/// `suisha jobs list`.
struct JobsListCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "list", abstract: "Lists jobs, newest first.",
        discussion: "States: " + JobState.allCases.map(\.rawValue).joined(separator: ", ") + ".")

    @Option(help: "Only jobs in these states, with commas between them.") var state: String?
    @Option(help: "Only jobs of this kind.") var kind: String?
    @Option(help: "Only jobs of this batch.") var batch: String?
    @Option(help: "How many, at most 100.") var limit: Int = 20
    @Option(help: "Only jobs older than this one: the next page.") var after: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            var query = ["limit": String(limit)]
            query["state"] = state
            query["kind"] = kind
            query["batch"] = batch
            query["after"] = after
            let page = try await server.jobs(query)
            try await client.show(page, empty: "There are no such jobs.") { JobText.table($0) }
        }
    }
}

/// `suisha jobs show`.
struct JobsShowCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "show", abstract: "Shows a job with its steps and files.")

    @Argument(help: "The job's id.") var job: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let answer = try await server.job(job)
            if client.json { return try Output.line(answer.data) }
            print(JobText.page(answer.document), terminator: "")
        }
    }
}

/// `suisha jobs watch`.
struct JobsWatchCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "watch", abstract: "Follows a job until it has ended.",
        discussion: """
            Connects again when the connection breaks or the server restarts, without losing an event. With --json, each \
            event is a line, and the job is the last one. The exit status is 0 when the job succeeded, 2 when it did not.
            """)

    @Argument(help: "The job's id.") var job: String
    @Option(help: "Only what came after the event with this id.") var after: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let ended = try await follow(job, with: server, after: after, shows: true, json: client.json)
            if client.json {
                try Output.line(ended.data)
            } else {
                JobText.outcome(ended.document).forEach(Terminal.note)
            }
            try ended.document.throwUnlessSucceeded()
        }
    }
}

/// `suisha jobs logs`.
struct JobsLogsCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "logs", abstract: "Prints the log of a job.")

    @Argument(help: "The job's id.") var job: String
    @Flag(name: [.customLong("follow"), .customShort("f")], help: "Go on until the job has ended.")
    var follow: Bool = false
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            var position: String?
            var isMore = true
            while isMore {
                let page = try await server.log(of: job, after: position)
                if client.json {
                    try Output.line(page.data)
                } else {
                    for entry in page.document.items { print(entry.text) }
                }
                position = page.document.items.last.map { String($0.position) } ?? position
                isMore = page.document.next != nil
            }
            guard follow else { return }
            _ = try await JobWatch(client: server, job: job).run(after: position) { event in
                guard event.type == "job:log" else { return }
                if client.json { return try Output.line(Data(event.data.utf8)) }
                let line = try JSONDecoder().decode(LiveLogLine.self, from: Data(event.data.utf8))
                print(line.text)
            }
        }
    }
}

/// `suisha jobs cancel`.
struct JobsCancelCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancels a job; one that has ended stays as it is.")

    @Argument(help: "The job's id.") var job: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let answer = try await server.cancel(job)
            if client.json { return try Output.line(answer.data) }
            print(answer.document.state.isTerminal ? answer.document.state.rawValue : "stopping")
        }
    }
}

/// `suisha jobs retry`.
struct JobsRetryCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "retry", abstract: "Runs a failed, canceled or expired job again; finished steps stay finished.")

    @Argument(help: "The job's id.") var job: String
    @Option(
        help: "Runs it again with this input: a file with JSON, - for standard input, or the JSON object itself.",
        completion: .file())
    var input: String?
    @Flag(help: "Follow it until it has ended.") var watch: Bool = false
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let answer = try await server.retry(job, input: try input.map { try JSONInput.read($0) })
            guard watch else {
                if client.json { return try Output.line(answer.data) }
                return print(answer.document.state.rawValue)
            }
            let ended = try await suisha.follow(job, with: server, shows: true, json: client.json)
            if client.json {
                try Output.line(ended.data)
            } else {
                JobText.outcome(ended.document).forEach(Terminal.note)
            }
            try ended.document.throwUnlessSucceeded()
        }
    }
}

/// A line of a log as the event stream carries it.
private struct LiveLogLine: Decodable {
    let level: String
    let message: String
    let fields: [String: String]?

    var text: String {
        let extra = (fields ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        return "\(level) \(message)\(extra)"
    }
}
