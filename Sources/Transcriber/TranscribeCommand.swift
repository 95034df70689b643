import ArgumentParser
import Foundation

/// Recognises the speech of one recording and reports it as JSON lines; a helper process of Suisha.
@main
struct TranscribeCommand: ParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "suisha-transcribe",
        abstract: "Recognises the speech of one recording.",
        discussion: "Writes JSON lines: progress, segment, then done or error. See docs/speech.md.",
        version: WhisperModel.engine)

    @Option(help: "The ggml speech model.")
    var model: String

    @Option(help: "The ggml voice activity model.")
    var vad: String

    @Option(help: "A 16 kHz mono 16-bit WAV file.")
    var audio: String

    @Option(help: "ISO 639-1 code of the language, or auto.")
    var language: String = "auto"

    @Option(help: "Words or names that help with spelling.")
    var prompt: String?

    @Option(help: "0 is deterministic; up to 1.")
    var temperature: Double = 0

    @Option(help: "Processor threads.")
    var threads: Int = min(4, ProcessInfo.processInfo.activeProcessorCount)

    @Flag(help: "End when standard input ends, which it does when the parent dies.")
    var endWithInput: Bool = false

    func validate() throws {
        guard (0...1).contains(temperature) else { throw ValidationError("--temperature must be from 0 to 1") }
        guard (1...64).contains(threads) else { throw ValidationError("--threads must be from 1 to 64") }
    }

    func run() throws {
        if endWithInput { ParentWatch.start() }
        do {
            let recording = try WaveFile(path: audio)
            let detector = try VoiceDetector(model: vad, threads: 1)
            let whisper = try WhisperModel(path: model, threads: Int32(threads))
            let transcription = Transcription(
                language: language == "auto" ? nil : language, prompt: prompt, temperature: temperature)
            let spoken = try transcription.run(recording, model: whisper, detector: detector) { $0.send() }
            Report.done(language: spoken, engine: WhisperModel.engine).send()
        } catch let error as TranscriberError {
            Report.failed(error).send()
            throw ExitCode(error.exitStatus)
        } catch {
            Report.failed(TranscriberError(.recognitionFailed, "The recording cannot be read: \(error)")).send()
            throw ExitCode(70)
        }
    }
}
