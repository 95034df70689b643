import ChildProcesses
package import Foundation
import Model

/// Recognises speech with whisper.cpp, in a helper process for each recording: a crash costs one attempt, cancelling ends
/// the process, and its memory comes back.
package struct WhisperRecogniser: SpeechRecogniser {
    private let installation: SpeechInstallation
    private let modelName: String
    private let threads: Int

    /// - Parameters:
    ///   - installation: looked at when a transcription starts, so a server starts without it.
    ///   - model: a name in the installation, or a path to a ggml file.
    package init(installation: SpeechInstallation, model: String, threads: Int) {
        self.installation = installation
        modelName = model
        self.threads = threads
    }

    package var engine: String { installation.engine }
    package var model: String { (try? installation.speechModel(modelName))?.identity ?? modelName }

    package func transcribe(
        _ audio: URL, duration: MediaTime, options: TranscriptionOptions, scratch: URL,
        progress: @escaping @Sendable (Double) -> Void
    ) async throws -> Transcript {
        let (helper, model, voiceModel) = try installation.complete(model: modelName)
        let report = HelperReport(progress: progress)
        var arguments = [
            "--model", model.file.path, "--vad", voiceModel.path, "--audio", audio.path,
            "--language", options.language ?? "auto", "--temperature", "\(options.temperature)",
            "--threads", "\(threads)", "--end-with-input",
        ]
        if let prompt = options.prompt { arguments.append("--prompt=\(prompt)") }
        // A hundred times slower than measured: a machine that has much else to do must not fail recordings.
        let timeout = Duration.seconds(300 + 20 * duration.seconds)
        let command = Command(
            executable: helper.path, arguments: arguments, workingDirectory: scratch,
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
