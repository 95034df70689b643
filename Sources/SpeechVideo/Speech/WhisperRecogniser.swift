import ChildProcesses
package import Foundation
import Model
import Synchronization

/// Recognises speech with whisper.cpp, in a helper process for each recording: a crash costs one attempt, cancelling ends
/// the process, and its memory comes back.
package final class WhisperRecogniser: SpeechRecogniser {
    private let installation: SpeechInstallation
    private let modelName: String
    private let threads: Int
    /// A model given by path, kept from the first success: its hash takes a while.
    private let found: Mutex<SpeechModel?> = Mutex(nil)

    /// - Parameters:
    ///   - installation: looked at when a transcription starts, so a server starts without it.
    ///   - model: a name in the installation, or a path to a ggml file, which is read here for its hash.
    ///   - threads: more than the processors there are only cost time.
    package init(installation: SpeechInstallation, model: String = "base", threads: Int = 2) {
        self.installation = installation
        modelName = model
        self.threads = threads
        _ = try? speechModel()
    }

    package var engine: String { installation.engine }

    /// Without an installation the name alone; no transcript is made then.
    package var model: String { (try? speechModel())?.identity ?? modelName }

    private func speechModel() throws -> SpeechModel {
        guard modelName.contains("/") else { return try installation.speechModel(modelName) }
        if let known = found.withLock({ $0 }) { return known }
        let model = try installation.speechModel(modelName)
        found.withLock { $0 = model }
        return model
    }

    /// Fails with `JobFailure` when something is not installed or the recording is no 16 kHz WAV file, and with
    /// `ProcessFailure` when the helper was killed or took far too long, which another attempt may survive.
    package func transcribe(
        _ audio: URL, duration: MediaTime, options: TranscriptionOptions, scratch: URL,
        progress: @escaping @Sendable (Double) -> Void
    ) async throws -> Transcript {
        let model = try speechModel()
        let (helper, voiceModel) = try installation.helperAndVoiceModel()
        let report = HelperReport(progress: progress)
        var arguments = [
            "--model=\(model.file.path)", "--vad=\(voiceModel.path)", "--audio=\(audio.path)",
            "--language=\(options.language ?? "auto")", "--temperature=\(options.temperature)",
            "--threads=\(threads)", "--end-with-input",
        ]
        // The model reads some 200 tokens of it.
        if let prompt = options.prompt, !prompt.isEmpty { arguments.append("--prompt=\(prompt.prefix(2_000))") }
        // Threads that wait asleep leave the processor to others; spinning ones took 14 s instead of 6 on a busy machine.
        let environment = Command.defaultEnvironment.merging(["OMP_WAIT_POLICY": "passive"]) { $1 }
        // A hundred times slower than measured: a machine that has much else to do must not fail recordings.
        let timeout = Duration.seconds(300 + 20 * duration.seconds)
        let command = Command(
            executable: helper.path, arguments: arguments, environment: environment, workingDirectory: scratch,
            limits: ProcessLimits(memory: .gibibytes(4), cpu: timeout * threads, largestFile: .mebibytes(1)),
            timeout: timeout, holdsInput: true, ledger: scratch)
        do {
            _ = try await ChildProcess.run(command) { report.receive($0) }
        } catch let failure as ProcessFailure {
            throw report.failure ?? failure
        }
        return try report.transcript(duration: duration, model: model.identity)
    }
}
