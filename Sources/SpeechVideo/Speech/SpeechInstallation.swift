package import Foundation
import Model

/// Where the speech helper and its models are on this machine.
///
/// The models are in the folder that `scripts/setup-speech` fills; the helper, `suisha-transcribe`, is built and installed
/// beside `suisha`. Nothing is read before it is asked for, so a server starts without them and its transcriptions say
/// what to do.
package struct SpeechInstallation: Sendable {
    /// The file name of the helper program.
    package static let helperName: String = "suisha-transcribe"
    private static let voiceModelName = "silero-vad"

    /// The folder with `models.json`.
    package let folder: URL
    /// The helper; it may not be there.
    package let helper: URL

    /// Finds the installation without looking whether it is complete.
    ///
    /// - Parameters:
    ///   - folder: the configured folder. Without one it is the first that exists of `../share/suisha/speech` beside the
    ///     program, `.build-speech` in a folder above the program (one built from sources), `.build-speech` here.
    ///   - helper: the helper when it is elsewhere than beside the program and in `bin` of the folder.
    ///   - program: the running program.
    package init(folder: URL? = nil, helper: URL? = nil, program: URL = SpeechInstallation.runningProgram) {
        let chosen = folder ?? SpeechInstallation.standardFolder(beside: program)
        self.folder = chosen
        let candidates = [program.deletingLastPathComponent(), chosen.appending(path: "bin")]
            .map { $0.appending(path: SpeechInstallation.helperName) }
        self.helper =
            helper ?? candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? candidates[0]
    }

    /// The file of this process's own program.
    package static var runningProgram: URL {
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: path ?? CommandLine.arguments.first ?? ".").standardizedFileURL
    }

    /// Where the models are when nobody says otherwise.
    package static func standardFolder(beside program: URL = SpeechInstallation.runningProgram) -> URL {
        let name = ".build-speech"
        var candidates = [
            program.deletingLastPathComponent().appending(path: "../share/suisha/speech").standardizedFileURL
        ]
        var ancestor = program.deletingLastPathComponent().standardizedFileURL
        while ancestor.path != "/", ancestor.pathComponents.count > 1 {
            candidates.append(ancestor.appending(path: name))
            ancestor = ancestor.deletingLastPathComponent()
        }
        let here = URL(filePath: FileManager.default.currentDirectoryPath).appending(path: name)
        return (candidates.first { FileManager.default.fileExists(atPath: $0.path) } ?? here).standardizedFileURL
    }

    /// The library and its version, for example `whisper.cpp 1.8.5`; without a version when nothing is installed.
    package var engine: String { (try? index())?.engine ?? "whisper.cpp" }

    /// The names of the speech models that are there.
    package var modelNames: [String] {
        ((try? index())?.models.map(\.name) ?? []).filter { $0 != SpeechInstallation.voiceModelName }.sorted()
    }

    /// Everything that a transcription needs; what `doctor` asks.
    ///
    /// - Parameter model: a name in the folder, or a path to a ggml file, which is read whole for its hash.
    /// - Throws: `JobFailure` that names what is missing and the command that brings it. Not worth a retry by itself.
    package func complete(model: String) throws -> (helper: URL, model: SpeechModel, voiceModel: URL) {
        let found = try speechModel(model)
        let (helper, voiceModel) = try helperAndVoiceModel()
        return (helper, found, voiceModel)
    }

    /// What a transcription needs beside its model.
    func helperAndVoiceModel() throws -> (helper: URL, voiceModel: URL) {
        let voiceModel = try speechModel(SpeechInstallation.voiceModelName).file
        guard FileManager.default.isExecutableFile(atPath: helper.path) else {
            throw missing(
                "The speech helper \(helper.path) is missing; build it: swift build --product \(Self.helperName).")
        }
        return (helper, voiceModel)
    }

    /// The model of that name, or at that path.
    ///
    /// - Throws: `JobFailure` that says how to get it.
    package func speechModel(_ name: String) throws -> SpeechModel {
        if name.contains("/") { return try SpeechModel(file: URL(filePath: name)) }
        guard let entry = try index().models.first(where: { $0.name == name }) else {
            let others = modelNames.isEmpty ? "" : " There are: \(modelNames.joined(separator: ", "))."
            throw missing("The speech model '\(name)' is not in \(folder.path). \(remedy(for: name))\(others)")
        }
        let file = folder.appending(path: entry.file)
        guard FileManager.default.isReadableFile(atPath: file.path) else {
            throw missing("The speech model \(file.path) is missing. \(remedy(for: name))")
        }
        return SpeechModel(name: name, file: file, sha256: entry.sha256)
    }

    private func remedy(for name: String) -> String {
        switch name {
        case "base", SpeechInstallation.voiceModelName: "Run scripts/setup-speech."
        case "tiny.en": "Run scripts/setup-speech --tiny-en."
        default: "Run scripts/setup-speech --model \(name)=FILE with a ggml model."
        }
    }

    private func index() throws -> Index {
        let file = folder.appending(path: "models.json")
        guard let data = try? Data(contentsOf: file) else {
            throw missing("There are no speech models in \(folder.path). Run scripts/setup-speech, or set speech.home.")
        }
        do {
            return try JSONDecoder().decode(Index.self, from: data)
        } catch {
            throw missing("\(file.path) cannot be read. Remove it and run scripts/setup-speech.")
        }
    }

    private func missing(_ message: String) -> JobFailure {
        JobFailure(code: "speech-not-installed", message: message, retryable: false)
    }

    private struct Index: Decodable {
        var engine: String
        var models: [Entry]

        struct Entry: Decodable {
            var name: String
            var file: String
            var sha256: String
        }
    }
}
