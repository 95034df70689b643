import Foundation

/// What a transcription service answers: `verbose_json`, of which services leave out parts.
struct RemoteAnswer: Decodable {
    private var language: String?
    private var text: String
    private var segments: [Segment]?
    private var words: [Word]?

    private struct Segment: Decodable {
        var start: Double
        var end: Double
        var text: String
        var averageLogProbability: Double?
        var noSpeechProbability: Double?

        private enum CodingKeys: String, CodingKey {
            case start, end, text
            case averageLogProbability = "avg_logprob"
            case noSpeechProbability = "no_speech_prob"
        }

        /// Whisper's own rule for words that nobody said.
        var isNoSpeech: Bool { (noSpeechProbability ?? 0) > 0.6 && (averageLogProbability ?? 0) < -1 }
    }

    private struct Word: Decodable {
        var word: String
        var start: Double
        var end: Double
    }

    /// ISO 639-1; services write the English name or the code, or nothing.
    var languageCode: String {
        let name = (language ?? "").lowercased()
        if name.count <= 3 { return name }
        let english = Locale(identifier: "en")
        let codes = Locale.LanguageCode.isoLanguageCodes.map(\.identifier)
        return codes.first { $0.count == 2 && english.localizedString(forLanguageCode: $0)?.lowercased() == name } ?? ""
    }

    /// The segments with their words at their place in the recording. Where the service gives no times for words, they
    /// share their segment evenly; where it gives no segments, the text fills the piece.
    func segments(offset: Double, length: Double) -> [TranscriptBuilder.Segment] {
        let heard = (segments ?? [Segment(start: 0, end: length, text: text)]).filter { !$0.isNoSpeech }
        var timed = (words ?? [])[...]
        return heard.enumerated().map { index, segment in
            let isLast = index == heard.count - 1
            // A word belongs to the segment in which its middle lies.
            timed = timed.drop { ($0.start + $0.end) / 2 < segment.start }
            let own = isLast ? timed : timed.prefix { ($0.start + $0.end) / 2 < segment.end }
            timed = timed.dropFirst(own.count)
            let words =
                own.isEmpty
                ? WordTimes.spread(segment.text, segment.start, segment.end)
                : WordTimes.matched(segment.text, own.map { .init(word: $0.word, start: $0.start, end: $0.end) })
            return TranscriptBuilder.Segment(
                start: segment.start + offset, end: segment.end + offset, text: segment.text,
                averageLogProbability: segment.averageLogProbability ?? 0,
                noSpeechProbability: segment.noSpeechProbability ?? 0,
                words: words.map { .init(word: $0.word, start: $0.start + offset, end: $0.end + offset) })
        }
    }
}
