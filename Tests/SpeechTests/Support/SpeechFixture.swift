import ChildProcesses
import Foundation
import Synchronization
import Testing

@testable import SpeechVideo

/// The real recogniser with the base model, and the samples.
enum SpeechFixture {
    static let project: URL = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../..").standardizedFileURL

    /// `SUISHA_SPEECH_HOME`, or what `scripts/setup-speech` makes.
    static let installation: SpeechInstallation = {
        let named = ProcessInfo.processInfo.environment["SUISHA_SPEECH_HOME"].map { URL(filePath: $0) }
        return SpeechInstallation(
            folder: named ?? project.appending(path: ".build-speech"),
            helper: products.appending(path: SpeechInstallation.helperName))
    }()

    static let recogniser: WhisperRecogniser = WhisperRecogniser(installation: installation, threads: 2)

    /// What the build has made, beside the test bundle.
    private static let products: URL = {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let name = SpeechInstallation.helperName
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.appending(path: name).path) {
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    /// Why the tests with the real recogniser cannot run; nil when they can.
    static let obstacle: String? = {
        do {
            _ = try installation.complete(model: "base")
            return nil
        } catch {
            return "\(error)"
        }
    }()

    /// A folder that is gone afterwards.
    static func withFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "speech-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    /// Recognises a sample of `samples/`.
    static func transcript(of sample: String, options: TranscriptionOptions = .init()) async throws -> Transcript {
        try await withFolder { folder in
            let (wave, duration) = try await normalized(sample, in: folder)
            return try await recogniser.transcribe(wave, duration: duration, options: options, scratch: folder) { _ in }
        }
    }

    /// A sample as the normalizer gives it to a recogniser.
    static func normalized(_ sample: String, in folder: URL) async throws -> (wave: URL, duration: MediaTime) {
        let wave = folder.appending(path: "speech.wav")
        _ = try await ChildProcess.run(
            Command(
                executable: "ffmpeg",
                arguments: [
                    "-v", "error", "-i", project.appending(path: "samples/\(sample)").path, "-ac", "1", "-ar", "16000",
                    "-flags:a", "+bitexact", "-fflags", "+bitexact", wave.path,
                ],
                environment: Command.defaultEnvironment.merging(ProcessInfo.processInfo.environment) { $1 },
                timeout: .seconds(60), debianPackage: "ffmpeg"))
        let bytes = try Data(contentsOf: wave).count - 44
        return (wave, MediaTime(seconds: Double(bytes) / 32_000))
    }

    /// A WAV file of the samples, and its length.
    static func wave(_ samples: [Int16], in folder: URL) throws -> (wave: URL, duration: MediaTime) {
        let wave = folder.appending(path: "made.wav")
        try RecordingPieces.waveFile(samples).write(to: wave)
        return (wave, MediaTime(seconds: Double(samples.count) / Double(RecordingPieces.sampleRate)))
    }

    static func reference(_ name: String) throws -> String {
        try String(contentsOf: project.appending(path: "samples/\(name)"), encoding: .utf8)
    }
}

/// Share of the reference that was misheard: substitutions, insertions and omissions.
func errorRate<Item: Equatable>(_ heard: [Item], against reference: [Item]) -> Double {
    var row = Array(0...heard.count)
    for (index, expected) in reference.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for column in heard.indices {
            let best = min(row[column + 1] + 1, row[column] + 1, diagonal + (heard[column] == expected ? 0 : 1))
            diagonal = row[column + 1]
            row[column + 1] = best
        }
    }
    return Double(row[heard.count]) / Double(max(1, reference.count))
}

/// Lower-case words without punctuation.
func words(_ text: String) -> [String] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "'" }.map(String.init)
}

/// Letters and digits.
func letters(_ text: String) -> [Character] { text.filter { $0.isLetter || $0.isNumber } }
