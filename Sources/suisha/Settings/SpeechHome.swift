import Foundation

/// Where the speech library and its models are looked for.
enum SpeechHome {
    /// The folder beside an installed program where there is one, else the one that a build makes.
    static func standard() -> String {
        let program = URL(filePath: CommandLine.arguments.first ?? "").resolvingSymlinksInPath()
        let installed = program.deletingLastPathComponent().appending(path: "../share/suisha/speech").standardizedFileURL
        return FileManager.default.fileExists(atPath: installed.path) ? installed.path : ".build-speech"
    }
}
