import ArgumentParser
import Foundation

/// `suisha queues`: what waits, and who may run how much.
struct QueuesCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "queues", abstract: "Lists, pauses, resumes and drains queues; sets caps and limits.",
        discussion: """
            A queue is the jobs of one kind in your workspace.

            EXAMPLES
              suisha queues list
              suisha queues pause transcribe
              suisha queues resume transcribe
              suisha queues caps set repository:website 1
              suisha queues limits set --weight 2 --slots 4
            """,
        subcommands: [
            QueuesListCommand.self, QueuesPauseCommand.self, QueuesResumeCommand.self, QueuesDrainCommand.self,
            CapsCommand.self, LimitsCommand.self,
        ], defaultSubcommand: QueuesListCommand.self)
}

/// `suisha queues list`.
struct QueuesListCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "list", abstract: "Lists the queues that have unfinished jobs, or were paused or drained.")

    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let page = try await server.queues()
            try await client.show(page, empty: "No queue has unfinished jobs, and none was paused or drained.") {
                QueueText.table($0)
            }
        }
    }
}

/// `suisha queues pause`.
struct QueuesPauseCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "pause", abstract: "Starts no more jobs of a kind; new ones are taken in and wait.",
        discussion: "Jobs that workers have go on.")

    @Argument(help: "The kind of the jobs.") var kind: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.switchQueue(kind, "pause")
    }
}

/// `suisha queues resume`.
struct QueuesResumeCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "resume", abstract: "Ends a pause or a drain.")

    @Argument(help: "The kind of the jobs.") var kind: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.switchQueue(kind, "resume")
    }
}

/// `suisha queues drain`.
struct QueuesDrainCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "drain", abstract: "Takes no more jobs of a kind; those that are there run.",
        discussion: "New ones are refused (exit status 75 for whoever submits) until the queue is resumed.")

    @Argument(help: "The kind of the jobs.") var kind: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.switchQueue(kind, "drain")
    }
}

extension ClientOptions {
    /// Sets the mode of a queue and says what it is now.
    fileprivate func switchQueue(_ kind: String, _ verb: String) async throws {
        try await withClient { server in
            let answer = try await server.queue(kind, verb)
            if json { return try Output.line(answer.data) }
            print(answer.document.mode)
        }
    }
}
