import Foundation

/// Puts a transcript together from what a recogniser reports, in order: times inside the recording that never go back,
/// text without stray spaces.
struct TranscriptBuilder {
    /// A stretch of speech; times in seconds of the recording.
    struct Segment {
        var start: Double
        var end: Double
        var text: String
        var averageLogProbability: Double
        var noSpeechProbability: Double
        var words: [Word]
    }

    struct Word {
        var word: String
        var start: Double
        var end: Double
    }

    private let duration: MediaTime
    private var segments: [Transcript.Segment] = []
    private var words: [Transcript.Word] = []

    init(duration: MediaTime) {
        self.duration = duration
    }

    mutating func append(_ segment: Segment) {
        let text = segment.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !text.isEmpty else { return }
        let start = max(time(segment.start), segments.last?.start ?? .zero)
        segments.append(
            .init(
                id: segments.count, start: start, end: max(start, time(segment.end)), text: text,
                averageLogProbability: segment.averageLogProbability,
                noSpeechProbability: segment.noSpeechProbability))
        for word in segment.words where !word.word.allSatisfy(\.isWhitespace) {
            let start = max(time(word.start), words.last?.start ?? .zero)
            words.append(
                .init(
                    word: word.word.trimmingCharacters(in: .whitespaces), start: start,
                    end: max(start, time(word.end))))
        }
    }

    /// Nothing said has no language.
    func transcript(language: String, engine: String, model: String) -> Transcript {
        Transcript(
            language: segments.isEmpty ? "" : language, duration: duration, text: text, segments: segments,
            words: words, engine: engine, model: model)
    }

    private var text: String {
        segments.reduce(into: "") { text, segment in
            // Where words stand side by side, a sentence that ends with its mark needs no space after it.
            if let last = text.last, !(last.isPunctuation && last.isWide) { text += " " }
            text += segment.text
        }
    }

    private func time(_ seconds: Double) -> MediaTime {
        min(max(.zero, MediaTime(seconds: seconds.isFinite ? seconds : 0)), duration)
    }
}
