import ArgumentParser
import Endpoints
import Foundation
import Live
import Model

/// `suisha openapi`: the reference of the API as a document.
struct OpenAPICommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "openapi", abstract: "Prints the OpenAPI 3.1 document of the API.",
        discussion: """
            It is made from the declarations that also route the requests; a server shows it at /openapi.json.

            EXAMPLES
              suisha openapi > openapi.json
              suisha openapi --since docs/openapi.json --declared docs/api-changes.md
                  fails when callers of the older document would break, unless the change is declared
            """)

    @Option(help: "An older document, to look for what breaks its callers.")
    var since: String?

    @Option(help: "A text that holds each breaking change that is meant.")
    var declared: String?

    @Flag(help: "Print the messages of live connections instead, as docs/live.md ends.")
    var messages = false

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
        try await reporting {
            guard !messages else { return print(try LiveMessage.markdown, terminator: "") }
            let effective = try settings.effective(environment: ProcessInfo.processInfo.environment)
            let document = try await Server.reference(try ServerSettings(effective))
            if let since {
                let changes = try OpenAPIChanges.undeclared(
                    from: Data(contentsOf: URL(filePath: since)), to: document,
                    declared: declared.map { try String(contentsOf: URL(filePath: $0), encoding: .utf8) } ?? "")
                if !changes.isEmpty { throw BreakingChanges(changes: changes) }
            }
            try Output.line(document)
        }
    }
}

/// Compares two documents.
enum OpenAPIChanges {
    /// What the new document breaks and the text does not declare.
    static func undeclared(from old: Data, to new: Data, declared: String) throws -> [String] {
        let decoder = JSONDecoder()
        return OpenAPIComparison.breakingChanges(
            from: try decoder.decode(JSONTree.self, from: old), to: try decoder.decode(JSONTree.self, from: new)
        ).filter { !declared.contains($0) }
    }
}

/// The API would break its callers, and nobody said so.
struct BreakingChanges: Error, CustomStringConvertible {
    let changes: [String]

    var description: String {
        """
        The API would break its callers:
        \(changes.map { "  - \($0)" }.joined(separator: "\n"))
        Undo the change, or declare it: write these lines into docs/api-changes.md with what callers have to do.
        """
    }
}
