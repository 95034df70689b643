import ArgumentParser
import Foundation
import Model

/// `suisha top`: what the server does, each second.
struct TopCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "top", abstract: "Shows live what the server and its queues do, each second.",
        discussion: """
            For whoever runs the server. With --json each second is one line. Ends with Ctrl-C, or when the server has been \
            away for a minute.

            EXAMPLES
              suisha top
              suisha top --once
              suisha top --json | jq '.values.requests_per_second'
              suisha top --node web-2
            """)

    @Flag(help: "Show one second and end.") var once: Bool = false
    @Option(help: "Only this node; else all of them together.") var node: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let watch = SampleWatch(client: server, node: node, limit: once ? 1 : nil)
            var display = SampleDisplay(redraws: Terminal.isInteractive && !once)
            try await watch.run { event in
                if client.json { return try Output.line(Data(event.data.utf8)) }
                try display.show(try SampleView(event.data), server: server.server)
            }
        }
    }
}
