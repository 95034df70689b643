import Foundation
import Model
import Synchronization

/// Collects the JSON lines of `suisha-transcribe`; see docs/speech.md.
final class HelperReport: Sendable {
    private struct State {
        var fraction: Double = 0
        var segments: [Line] = []
        var end: Line?
        var isBroken: Bool = false
    }

    private let progress: @Sendable (Double) -> Void
    private let state: Mutex<State> = Mutex(State())

    init(progress: @escaping @Sendable (Double) -> Void) {
        self.progress = progress
    }

    func receive(_ text: String) {
        let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8))
        let news: Double? = state.withLock { state in
            switch line?.type {
            case "progress":
                guard let fraction = line?.fraction, fraction > state.fraction else { return nil }
                state.fraction = min(1, fraction)
                return state.fraction
            case "segment": line.map { state.segments.append($0) }
            case "done", "error": state.end = line
            default: state.isBroken = true
            }
            return nil
        }
        if let news { progress(news) }
    }

    /// What the helper says is wrong; nil when it died without a word.
    var failure: JobFailure? {
        guard let end = state.withLock({ $0.end }), end.type == "error", let message = end.message else { return nil }
        switch end.code {
        case "unreadable-audio": return JobFailure(code: "not-media", message: message, retryable: false)
        case "unusable-model": return JobFailure(code: "speech-not-installed", message: message, retryable: false)
        case "unknown-language": return JobFailure(code: "unknown-language", message: message, retryable: false)
        default: return JobFailure(code: "recogniser-failed", message: message, retryable: true)
        }
    }

    /// The transcript, once the helper has ended well.
    ///
    /// - Throws: `JobFailure` when its report is not whole.
    func transcript(duration: MediaTime, model: String) throws -> Transcript {
        let state = state.withLock { $0 }
        guard let end = state.end, end.type == "done", !state.isBroken else {
            throw failure
                ?? JobFailure(
                    code: "recogniser-failed", message: "The speech helper's report is not whole; try again.",
                    retryable: true)
        }
        progress(1)
        var builder = TranscriptBuilder(duration: duration)
        for segment in state.segments { builder.append(segment.content) }
        return builder.transcript(language: end.language ?? "", engine: end.engine ?? "", model: model)
    }

    /// One line; each type has some of the fields.
    private struct Line: Decodable {
        var type: String
        var fraction: Double?
        var start: Double?
        var end: Double?
        var text: String?
        var averageLogProbability: Double?
        var noSpeechProbability: Double?
        var words: [Word]?
        var language: String?
        var engine: String?
        var code: String?
        var message: String?

        struct Word: Decodable {
            var word: String
            var start: Double
            var end: Double
        }

        private enum CodingKeys: String, CodingKey {
            case type, fraction, start, end, text, words, language, engine, code, message
            case averageLogProbability = "avg_logprob"
            case noSpeechProbability = "no_speech_prob"
        }

        var content: TranscriptBuilder.Segment {
            .init(
                start: start ?? 0, end: end ?? start ?? 0, text: text ?? "",
                averageLogProbability: averageLogProbability ?? 0, noSpeechProbability: noSpeechProbability ?? 0,
                words: (words ?? []).map { .init(word: $0.word, start: $0.start, end: $0.end) })
        }
    }
}
