import ArgumentParser
import Foundation
import Model

/// `suisha jobs submit`: a job of any kind, with everything that the queue can do for it.
struct JobsSubmitCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "submit", abstract: "Submits a job of any kind with its input as JSON, and prints its id.",
        discussion: """
            'suisha submit' uploads files; this is for everything else.

            EXAMPLES
              suisha jobs submit count-words --input words.json --watch
              suisha jobs submit report --input - --delay 2h --priority 10
              suisha jobs submit report --input {} --run-at 2026-12-24T08:00:00Z
              suisha jobs submit publish --input p.json --needs JOB,JOB
              suisha jobs submit deploy --input d.json --cap repository:website=1
              suisha jobs submit report --input r.json --expires 1h --key monday

            EXIT STATUS
              With --wait and --watch 0 when the job succeeded, 2 when it did not.
            """)

    @Argument(help: "The kind of the job: one that 'GET /api/v1/kinds' lists.")
    var kind: String

    @Option(help: "The input: a file with JSON, - for standard input, or the JSON object itself.", completion: .file())
    var input: String

    @Option(help: "-100 to 100; higher runs first within a workspace.")
    var priority: Int?

    @Option(help: "How long to wait before it may run, such as 30s, 2h or 1d.", transform: TimeArgument.duration)
    var delay: Duration?

    @Option(help: "When it may run, such as 2026-12-24T08:00:00Z.", transform: TimeArgument.moment)
    var runAt: Timestamp?

    @Option(
        help: "It ends unrun when no worker has taken it after this time, such as 1h.",
        transform: TimeArgument.duration)
    var expires: Duration?

    @Option(help: "Jobs that must end first, with commas between them.")
    var needs: [String] = []

    @Option(help: "What becomes of it when one of these fails: cancel or run. (default: cancel)")
    var whenNeedFails: String?

    @Option(
        name: .customLong("cap"),
        help: ArgumentHelp(
            "How many jobs may run at once under a name; may be given 8 times.", valueName: "name=slots"),
        transform: CapArgument.init)
    var caps: [CapArgument] = []

    @Option(
        name: [.customLong("key"), .customLong("idempotency-key")],
        help: "A key of your choice; submitting again with the same key gives the first job back.")
    var key: String?

    @Flag(help: "Wait until the job has ended.")
    var wait: Bool = false

    @Flag(help: "Wait, and show how far it is.")
    var watch: Bool = false

    @OptionGroup(title: "Server") var client: ClientOptions

    func validate() throws {
        guard delay == nil || runAt == nil else { throw ValidationError("Give --delay or --run-at, not both.") }
    }

    func run() async throws {
        try await client.withClient { server in
            let request = JobRequest(
                kind: kind, input: try JSONInput.read(input), priority: priority, delay: delay, runAt: runAt,
                expires: expires, needs: needs.flatMap { $0.split(separator: ",").map(String.init) },
                whenNeedFails: whenNeedFails, caps: Dictionary(caps.map { ($0.name, $0.slots) }) { $1 })
            let job = try await server.submit(request, idempotencyKey: key)
            try await conclude(job, with: server, waits: wait || watch, shows: watch, json: client.json)
        }
    }
}

/// `name=slots` on a command line.
struct CapArgument: Hashable, Sendable {
    let name: String
    let slots: Int

    init(_ text: String) throws {
        let parts = text.split(separator: "=")
        guard parts.count == 2, let slots = Int(parts[1]), slots > 0 else {
            throw ValidationError("'\(text)' must have the form name=slots, such as repository:website=1.")
        }
        (name, self.slots) = (String(parts[0]), slots)
    }
}

/// Times on a command line.
enum TimeArgument {
    static func duration(_ text: String) throws -> Duration {
        guard let duration = TimeText.duration(text) else {
            throw ValidationError("'\(text)' is no time; write for example 30s, 1h30m or 2d.")
        }
        return duration
    }

    static func moment(_ text: String) throws -> Timestamp {
        guard let moment = Timestamp(text) else {
            throw ValidationError("'\(text)' is no moment; write for example 2026-12-24T08:00:00Z.")
        }
        return moment
    }

    /// A moment, or the beginning of a day in UTC.
    static func dayOrMoment(_ text: String) throws -> Timestamp {
        try moment(text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) == nil ? text : text + "T00:00:00Z")
    }
}
