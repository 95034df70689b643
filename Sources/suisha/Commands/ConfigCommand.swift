import ArgumentParser
import Foundation
import Model

/// `suisha config`: what holds, and where each value comes from.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "config", abstract: "Shows every setting, its value and where it comes from.",
        discussion: """
            Secrets are shown as ***. A setting that is wrong ends the command with exit status 78 and a sentence.

            EXAMPLES
              suisha config                        a table
              suisha config --json                 for programs
              suisha config --http-port 9000       what a flag would change
              suisha config --markdown             the table of docs/configuration.md
            """)

    @Flag(help: "Print JSON.")
    var json: Bool = false

    @Flag(help: "Print the reference of all settings in Markdown.")
    var markdown: Bool = false

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
        if markdown {
            print(SettingsReference.markdown, terminator: "")
            return
        }
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let effective = try settings.effective(environment: environment)
            _ = try ServerSettings(effective)
            let rows = try SettingRow.all(of: effective)
            if json {
                print(try JSONText(encoding: rows).text)
                return
            }
            print("file: \(effective.file ?? "none (suisha.yaml in the working folder, or --config)")\n")
            print(SettingRow.table(rows))
            for line in SettingRow.mistyped(environment) { print(line) }
        }
    }
}
