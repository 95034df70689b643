import ArgumentParser
import Foundation
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

    /// Beside the token, which standard output is for.
    private static func note(_ sentence: String) {
        FileHandle.standardError.write(Data("\(sentence)\n".utf8))
    }

    func run() async throws {
        try await reporting {
            let file = try settings.effective().value(Settings.httpTokenFile)
            let isNew = !FileManager.default.fileExists(atPath: file.path)
            print(try TokenFile(url: file).readOrMake().revealed)
            if isNew {
                Self.note("Made a new token in \(file.path). A server that runs with another data folder has its own.")
            }
        }
    }
}
