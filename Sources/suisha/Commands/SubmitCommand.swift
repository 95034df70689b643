import ArgumentParser
import Foundation

/// `suisha submit`: hands work to a server.
struct SubmitCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "submit", abstract: "Submits a job and prints its id.",
        discussion: """
            INPUT is a recording to upload, a URL that the server fetches, a text (.txt, .md, or - for standard input), or \
            a request as JSON (.json).

            EXAMPLES
              suisha submit talk.mp3 --watch
              suisha submit https://example.com/talk.mp3 --wait
              suisha submit talk.wav --kind transcribe --language en
              suisha submit plan.txt --kind generate-diagram --wait
              suisha submit talk.mp3 --idempotency-key talk-1

            EXIT STATUS
              With --wait and --watch 0 when the job succeeded, 2 when it did not.
            """)

    @Argument(help: "A file, a URL, or - for a text on standard input.", completion: .file())
    var input: String

    @Option(
        help: "What to make of it: generate-video, transcribe, generate-diagram, or another kind that the server has.",
        completion: .list(["generate-video", "transcribe", "generate-diagram"]))
    var kind: String = "generate-video"

    @Option(help: "ISO 639-1 code of the spoken language, such as en or ja; detected when left out.")
    var language: String?

    @Option(help: "Words or names that help with spelling.")
    var prompt: String?

    @Option(
        name: .customLong("option"), help: ArgumentHelp("A further field of the request.", valueName: "name=value"))
    var options: [String] = []

    @Option(help: "A key of your choice; submitting again with the same key gives the first job back.")
    var idempotencyKey: String?

    @Flag(help: "Wait until the job has ended.")
    var wait: Bool = false

    @Flag(help: "Wait, and show how far it is.")
    var watch: Bool = false

    @OptionGroup(title: "Server") var client: ClientOptions

    func validate() throws {
        for option in options where !option.dropFirst().contains("=") {
            throw ValidationError("'--option \(option)' must have the form name=value.")
        }
    }

    func run() async throws {
        try await client.withClient { server in
            let submission = try Submission(
                kind: kind, input: input, options: fields, idempotencyKey: idempotencyKey)
            let job = try await server.submit(submission)
            try await conclude(job, with: server, waits: wait || watch, shows: watch, json: client.json)
        }
    }

    private var fields: [String: String] {
        var fields: [String: String] = [:]
        for option in options {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            fields[String(parts[0])] = String(parts[1])
        }
        fields["language"] = language ?? fields["language"]
        fields["prompt"] = prompt ?? fields["prompt"]
        return fields
    }
}
