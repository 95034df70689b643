import ChildProcesses
import Foundation
import Model
import Synchronization

/// Recognises speech with whisper.cpp, in a process of its own for each recording: a crash costs one attempt, cancelling ends
/// the process, and its memory comes back.
package struct WhisperRecogniser: SpeechRecogniser {
    private let library: SpeechLibrary
    private let threads: Int

    package init(library: SpeechLibrary, threads: Int) {
        self.library = library
        self.threads = threads
    }

    package var engine: String { library.engine }
    package var model: String { "\(library.model.name)@\(library.model.sha256.prefix(16))" }

    package func transcribe(
        _ audio: URL, duration: MediaTime, options: TranscriptionOptions, scratch: URL,
        progress: @escaping @Sendable (Double) -> Void
    ) async throws -> Transcript {
        let reader = ReportReader(progress: progress)
        var arguments = [
            "--model", library.model.file, "--vad", library.voiceDetector.file, "--audio", audio.path,
            "--language", options.language ?? "auto", "--temperature", "\(options.temperature)",
            "--threads", "\(threads)", "--end-with-input",
        ]
        if let prompt = options.prompt { arguments += ["--prompt=\(prompt)"] }
        // Twenty times slower than measured; a minute for loading the model.
        let timeout = Duration.seconds(60 + 3 * duration.seconds)
        let command = Command(
            executable: library.program.path, arguments: arguments, workingDirectory: scratch,
            limits: ProcessLimits(memory: .gibibytes(4), cpu: timeout * threads, largestFile: .mebibytes(1)),
            timeout: timeout, holdsInput: true, ledger: scratch)
        do {
            _ = try await ChildProcess.run(command) { reader.receive($0) }
        } catch let failure as ProcessFailure {
            throw reader.failure ?? failure
        }
        return try reader.transcript(duration: duration, engine: engine, model: model)
    }
}

/// Collects the JSON lines of `suisha-transcribe`.
private final class ReportReader: Sendable {
    private struct State {
        var segments: [Line.Segment] = []
        var language: String?
        var failure: JobFailure?
    }

    private let state = Mutex(State())
    private let progress: @Sendable (Double) -> Void

    init(progress: @escaping @Sendable (Double) -> Void) {
        self.progress = progress
    }

    /// Takes note of one line; what is no report is ignored, as a later version may say more.
    func receive(_ text: String) {
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)) else { return }
        switch line {
        case .progress(let share): progress(share)
        case .segment(let segment): state.withLock { $0.segments.append(segment) }
        case .done(let language): state.withLock { $0.language = language }
        case .failed(let failure): state.withLock { $0.failure = failure }
        case .other: break
        }
    }

    /// What the program itself said went wrong.
    var failure: JobFailure? { state.withLock { $0.failure } }

    func transcript(duration: MediaTime, engine: String, model: String) throws -> Transcript {
        let state = state.withLock { $0 }
        guard let language = state.language else {
            throw JobFailure(
                code: "recognition-incomplete", message: "The recogniser ended without finishing the recording.",
                retryable: true)
        }
        let isEmpty = state.segments.isEmpty
        return Transcript(
            language: isEmpty ? "" : language, duration: duration,
            text: state.segments.map { $0.text.trimmingCharacters(in: .whitespaces) }.joined(
                separator: language.separator),
            segments: state.segments.enumerated().map { index, segment in
                Transcript.Segment(
                    id: index, start: segment.start, end: segment.end, text: segment.text,
                    averageLogProbability: segment.averageLogProbability,
                    noSpeechProbability: segment.noSpeechProbability)
            },
            words: state.segments.flatMap(\.words), engine: engine, model: model)
    }
}

extension String {
    /// What stands between two segments in the language of that code.
    fileprivate var separator: String { ["ja", "zh", "yue", "th"].contains(self) ? "" : " " }
}

/// One line of `suisha-transcribe`.
private enum Line: Decodable {
    case progress(Double)
    case segment(Segment)
    case done(language: String)
    case failed(JobFailure)
    case other

    struct Segment: Decodable {
        let start: MediaTime
        let end: MediaTime
        let text: String
        let averageLogProbability: Double
        let noSpeechProbability: Double
        let words: [Transcript.Word]

        private enum CodingKeys: String, CodingKey {
            case start, end, text, words
            case averageLogProbability = "avg_logprob"
            case noSpeechProbability = "no_speech_prob"
        }
    }

    private enum Key: String, CodingKey { case type, fraction, language, code, message }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(String.self, forKey: .type) {
        case "progress": self = .progress(try container.decode(Double.self, forKey: .fraction))
        case "segment": self = .segment(try Segment(from: decoder))
        case "done": self = .done(language: try container.decode(String.self, forKey: .language))
        case "error":
            let code = try container.decode(String.self, forKey: .code)
            self = .failed(
                JobFailure(
                    code: code, message: try container.decode(String.self, forKey: .message),
                    retryable: code == "recognition-failed"))
        default: self = .other
        }
    }
}
