import ArgumentParser
import Foundation
import Model

/// The flags of commands that call a server.
struct ClientOptions: ParsableArguments {
    @Option(
        help:
            "The server to call. (default: the address that suisha.yaml or the environment gives, else the one of the last login, else http://127.0.0.1:8080)"
    )
    var server: String?

    @Option(help: "The workspace to act in: its id, its short name or its name. (default: the one that was chosen)")
    var workspace: String?

    @Option(name: .customLong("http-token-file"), help: "The file with the server's token; SUISHA_TOKEN wins over it.")
    var tokenFile: String?

    @Option(name: .customLong("config"), help: "The YAML file with settings; suisha.yaml when there is one.")
    var configurationFile: String?

    @Flag(help: "Print JSON, as the server sent it.")
    var json: Bool = false

    /// Runs the body with a client, and turns failures into sentences.
    func withClient(_ body: (ServerClient) async throws -> Void) async throws {
        try await reporting {
            let target = try target()
            try await ServerClient.with(target.server, as: target.credential) { client in
                try await body(client.in(try await target.workspace(by: client)))
            }
        }
    }

    /// Prints a page of a list: as a table, with how to get the next one, or as the JSON that the server sent.
    ///
    /// - Parameter empty: what to say of a list without items; without it the table has only its head.
    func show<Item>(
        _ page: Answer<PageDocument<Item>>, empty: String? = nil, _ table: ([Item]) async throws -> String
    ) async throws {
        if json { return try Output.line(page.data) }
        if page.document.items.isEmpty, let empty { return Terminal.note(empty) }
        print(try await table(page.document.items), terminator: "")
        if let next = page.document.next { Terminal.note("More with: --after \(next)") }
    }

    /// What is called, and as whom.
    func target(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> CallTarget {
        var flags: [String: String] = [:]
        flags[Settings.server.declaration.key] = server
        flags[Settings.workspace.declaration.key] = workspace
        flags[Settings.httpTokenFile.declaration.key] = tokenFile
        return try CallTarget(
            EffectiveSettings.ofClient(flags, configurationFile, environment), LoginFile(environment: environment))
    }
}

extension EffectiveSettings {
    /// The settings of a command that calls a server.
    ///
    /// - Parameter configurationFile: the YAML file that was named on the command line.
    static func ofClient(
        _ flags: [String: String], _ configurationFile: String?, _ environment: [String: String]
    ) throws -> EffectiveSettings {
        let named = configurationFile ?? environment["SUISHA_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        return EffectiveSettings(flags: flags, environment: environment, file: try ConfigurationFile.find(named))
    }
}

/// Follows a job to its end and reports the outcome; used by every command that waits.
///
/// - Parameters:
///   - shows: whether progress is shown on standard error.
///   - json: whether events and the job are printed as JSON lines.
/// - Throws: ``CommandFailure`` with status `jobFailed` when the job did not succeed.
func follow(
    _ job: String, with client: ServerClient, after: String? = nil, shows: Bool, json: Bool
) async throws -> Answer<JobDocument> {
    var display: JobProgressDisplay? = shows && !json ? JobProgressDisplay() : nil
    let answer = try await JobWatch(client: client, job: job).run(after: after) { event in
        if json && shows {
            try Output.json(EventLine(id: event.id, event: event.type, data: JSONText(trusted: event.data)))
        }
        display?.receive(event)
    }
    display?.finish(answer.document)
    return answer
}

/// Says what became of a submitted job: its id at once, or, when the command waits, how it ended.
///
/// - Parameters:
///   - waits: whether to wait for the job's end.
///   - shows: whether progress is shown meanwhile.
///   - json: whether answers are printed as the server sent them.
/// - Throws: ``CommandFailure`` when the command waited and the job did not succeed.
func conclude(
    _ job: Answer<JobDocument>, with server: ServerClient, waits: Bool, shows: Bool, json: Bool
) async throws {
    guard waits else {
        if json { return try Output.line(job.data) }
        print(job.document.id)
        if Terminal.isInteractive { Terminal.note("Follow it with: suisha jobs watch \(job.document.id)") }
        return
    }
    if !json { Terminal.note("\(job.document.id) \(job.document.kind)") }
    let ended = try await follow(job.document.id, with: server, shows: shows, json: json)
    if json {
        try Output.line(ended.data)
    } else {
        print(ended.document.id)
        JobText.outcome(ended.document).forEach(Terminal.note)
    }
    try ended.document.throwUnlessSucceeded()
}

/// One event as `--json` prints it.
private struct EventLine: Encodable {
    let id: String?
    let event: String
    let data: JSONText
}

extension JobDocument {
    /// Throws when the job ended without success.
    func throwUnlessSucceeded() throws {
        guard state != .succeeded else { return }
        let reason: String =
            switch state {
            case .canceled: "The job was canceled."
            case .expired: "The job was not started before its deadline."
            default: error?.message ?? "The job failed without a reason; 'suisha jobs logs \(id)' may know more."
            }
        throw CommandFailure(reason, .jobFailed)
    }
}
