import ArgumentParser
import Model

/// `suisha token`: the token that callers of a server send.
struct TokenCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "token", abstract: "Prints the token of the server on this machine, made when there is none.",
        discussion: """
            A server that listens on anything but this machine starts only when its token is there already.

            EXAMPLES
              suisha token
              curl -H "Authorization: Bearer $(suisha token)" localhost:8080/api/v1/jobs
            """)

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
        try await reporting {
            print(try TokenFile(url: settings.effective().value(Settings.httpTokenFile)).readOrMake().revealed)
        }
    }
}
