/// Gives plain text the times at which a person would speak it, so that a diagram can start from text.
package struct TextTimeline: Sendable {
    /// Speaking rate where words are separated by spaces.
    package var wordsPerMinute: Double
    /// Speaking rate in Japanese.
    package var charactersPerMinute: Double

    package init(wordsPerMinute: Double = 150, charactersPerMinute: Double = 350) {
        self.wordsPerMinute = max(1, wordsPerMinute)
        self.charactersPerMinute = max(1, charactersPerMinute)
    }

    /// A transcript of `text` whose words follow each other without pauses.
    ///
    /// - Parameter language: ISO 639-1; empty to tell English and Japanese apart by their script.
    package func transcript(of text: String, language: String = "") -> Transcript {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        let spoken = words.joined(separator: " ")
        let known = Language(code: language, sample: spoken)
        var clock = 0.0
        var timed: [Transcript.Word] = []
        if known.separatesWords {
            let length = 60.0 / wordsPerMinute
            for word in words {
                timed.append(.init(word: word, start: .init(seconds: clock), end: .init(seconds: clock + length)))
                clock += length
            }
        } else {
            let length = 60.0 / charactersPerMinute
            for character in spoken where !character.isWhitespace {
                timed.append(
                    .init(word: String(character), start: .init(seconds: clock), end: .init(seconds: clock + length)))
                clock += length
            }
        }
        let duration = MediaTime(seconds: clock)
        let segments =
            spoken.isEmpty
            ? []
            : [
                Transcript.Segment(
                    id: 0, start: .zero, end: duration, text: spoken, averageLogProbability: 0, noSpeechProbability: 0)
            ]
        return Transcript(
            language: spoken.isEmpty ? "" : known.code, duration: duration, text: spoken, segments: segments,
            words: timed,
            engine: "text", model: "")
    }
}
