import Foundation

/// The folder that `scripts/setup-speech` makes: models by name, with the hashes of their content.
package struct SpeechLibrary: Sendable {
    /// The program that recognises.
    let program: URL
    let model: Model
    let voiceDetector: Model
    /// The recogniser and its version.
    let engine: String

    /// A model file and the hash of its content.
    struct Model: Hashable, Sendable, Decodable {
        let name: String
        let file: String
        let sha256: String
    }

    /// What is missing and how to mend it.
    package struct Missing: Error, Sendable, CustomStringConvertible {
        package let problem: String
        package let remedy: String
        package var description: String { "\(problem) \(remedy)" }
    }

    private struct Index: Decodable {
        let engine: String
        let models: [Model]
    }

    /// The name of the voice activity model in every library.
    private static let detector = "silero-vad"

    /// Looks everything up; files are not opened.
    ///
    /// - Parameters:
    ///   - home: the folder.
    ///   - model: the name of one of its models.
    ///   - programs: the folder with `suisha-transcribe`; nil for that of the running program.
    /// - Throws: ``Missing``.
    package init(home: URL, model name: String, programs: URL? = nil) throws {
        let setup = "Run: make setup"
        let data: Data
        do {
            data = try Data(contentsOf: home.appending(path: "models.json"))
        } catch {
            throw Missing(problem: "There is no speech library in \(home.path).", remedy: setup)
        }
        guard let index = try? JSONDecoder().decode(Index.self, from: data) else {
            throw Missing(problem: "The list of models in \(home.path) cannot be read.", remedy: setup)
        }
        func find(_ name: String) throws -> Model {
            guard let model = index.models.first(where: { $0.name == name }) else {
                let names = index.models.map(\.name).filter { $0 != Self.detector }.joined(separator: ", ")
                throw Missing(
                    problem: "There is no speech model '\(name)' in \(home.path); there are: \(names).",
                    remedy: "Choose another with speech.model, or add it with scripts/setup-speech.")
            }
            let path = home.appending(path: model.file).path
            guard FileManager.default.isReadableFile(atPath: path) else {
                throw Missing(problem: "The speech model \(path) is missing or cannot be read.", remedy: setup)
            }
            return Model(name: model.name, file: path, sha256: model.sha256)
        }
        self.model = try find(name)
        voiceDetector = try find(Self.detector)
        engine = index.engine
        let folder = programs ?? URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        program = folder.appending(path: "suisha-transcribe")
        guard FileManager.default.isExecutableFile(atPath: program.path) else {
            throw Missing(
                problem: "The program \(program.path) is missing.",
                remedy: "Build it: swift build --product suisha-transcribe")
        }
    }
}
