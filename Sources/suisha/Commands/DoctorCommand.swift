import ArgumentParser
import Engine
import Foundation

/// `suisha doctor`: checks this machine and says how to mend what is missing.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "doctor", abstract: "Checks programs, model, database, disk and port, and says how to mend each.",
        discussion: """
            The exit status is 0 when everything is well, else 1.

            EXAMPLES
              suisha doctor
              suisha doctor --json --database-url postgres://app@db/suisha
            """)

    @Flag(help: "Print JSON.")
    var json: Bool = false

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
        try await reporting {
            let serverSettings = try ServerSettings(settings.effective())
            Logs.start(.init(level: .error, format: serverSettings.logs.format))
            let examination = Examination(
                checks: MachineChecks.all(serverSettings) + Server.checks(serverSettings), limit: .seconds(30))
            let findings = await examination.run()
            if json {
                try Output.json(["checks": findings])
            } else {
                print(Examination.text(findings), terminator: "")
            }
            if findings.contains(where: { !$0.ok }) { throw ExitCode.failure }
        }
    }
}
