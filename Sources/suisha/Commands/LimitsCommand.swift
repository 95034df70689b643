import ArgumentParser

/// `suisha queues caps`: how many jobs run under one name at once.
struct CapsCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "caps", abstract: "Lists and sets how many jobs run under one name at once.",
        discussion: """
            EXAMPLES
              suisha queues caps list
              suisha queues caps set repository:website 1
            """,
        subcommands: [CapsListCommand.self, CapsSetCommand.self], defaultSubcommand: CapsListCommand.self)
}

/// `suisha queues caps list`.
struct CapsListCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "list", abstract: "Lists the caps that were used or set.")

    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let page = try await server.caps()
            try await client.show(
                page, empty: "There are no caps. Jobs bring them: suisha jobs submit KIND --cap NAME=SLOTS"
            ) { QueueText.table($0) }
        }
    }
}

/// `suisha queues caps set`.
struct CapsSetCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "set", abstract: "Sets a cap of the workspace; it holds at once.")

    @Argument(help: "The name, such as repository:website.") var key: String
    @Argument(help: "How many jobs may run under it at once.") var slots: Int
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let answer = try await server.setCap(key, slots: slots)
            if client.json { return try Output.line(answer.data) }
            print(QueueText.table([answer.document]), terminator: "")
        }
    }
}

/// `suisha queues limits`: what the workspace gets of the workers.
struct LimitsCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "limits", abstract: "Shows and sets what the workspace gets of the workers.",
        discussion: """
            EXAMPLES
              suisha queues limits show
              suisha queues limits set --weight 2
              suisha queues limits set --slots none
            """,
        subcommands: [LimitsShowCommand.self, LimitsSetCommand.self], defaultSubcommand: LimitsShowCommand.self)
}

/// `suisha queues limits show`.
struct LimitsShowCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "show", abstract: "Shows the workspace's weight and slots.")

    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let answer = try await server.limits()
            if client.json { return try Output.line(answer.data) }
            print(QueueText.text(answer.document), terminator: "")
        }
    }
}

/// `suisha queues limits set`.
struct LimitsSetCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "set", abstract: "Sets the workspace's weight or slots; what is left out stays.")

    @Option(help: "Its part against other busy workspaces, 1 to 1000.") var weight: Int?
    @Option(help: "How many of its jobs may be ready or running at once; none for no bound.") var slots: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    func validate() throws {
        guard weight != nil || slots != nil else { throw ValidationError("Give --weight, --slots or both.") }
        guard let slots, slots != "none" else { return }
        guard Int(slots) != nil else { throw ValidationError("'--slots \(slots)' must be a whole number or none.") }
    }

    func run() async throws {
        try await client.withClient { server in
            var limits = try await server.limits().document
            if let weight { limits.weight = weight }
            if let slots { limits.slots = Int(slots) }
            let answer = try await server.set(limits)
            if client.json { return try Output.line(answer.data) }
            print(QueueText.text(answer.document), terminator: "")
        }
    }
}
