import ArgumentParser
import Foundation
import Model
import Operations

/// `suisha demo`: from a recording to a video in one command.
struct DemoCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "demo", abstract: "Starts a server of its own and turns a recording into a video.",
        discussion: """
            Uses an embedded SQLite database and a free port, and submits through the public API. With --output the \
            server stops once the files are there. Without it, the files go to ./demo and the server stays until \
            Control-C.

            EXAMPLES
              suisha demo
              suisha demo talk.mp3 --output talk

            FILES IN THE OUTPUT FOLDER
              video.mp4, transcript.json, transcript.vtt, transcript.srt, scenes.json, scene-N.svg, scene-N.png
            """)

    @Argument(help: "A recording or its URL; the sample when left out.", completion: .file())
    var input: String?

    @Option(
        name: .shortAndLong, help: "The folder for the files; then the server stops at the end.", completion: .directory
    )
    var output: String?

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
        try await reporting {
            let input = try DemoInput(input)
            let stays = output == nil
            let results = output ?? "demo"
            _ = try DemoFolder.lasting(results)
            let folder = stays ? try DemoFolder.lasting(results + "/server") : try DemoFolder.temporary()
            defer { folder.remove() }
            let effective = try settings.effective(overridden: folder.flags)
            let serverSettings = try ServerSettings(effective)
            Logs.start(.init(level: serverSettings.logs.level, format: .json), to: try .file(folder.log))
            try await checkMachine(serverSettings)
            try await DemoRun(
                input: input, results: results, stays: stays, settings: serverSettings
            ).run()
        }
    }

    /// Says what is missing before anything is tried.
    private func checkMachine(_ settings: ServerSettings) async throws {
        let findings = await Examination(checks: Server.checks(settings), limit: .seconds(30)).run().filter { !$0.ok }
        guard !findings.isEmpty else { return }
        let lines = findings.map { "\($0.name): \($0.detail)" + ($0.remedy.map { " To mend it: \($0)" } ?? "") }
        throw CommandFailure("This machine is not ready.\n  " + lines.joined(separator: "\n  "))
    }
}
