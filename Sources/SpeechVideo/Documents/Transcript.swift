/// What was said and when: the content of `transcript.json`.
///
/// The shape is OpenAI's `verbose_json` with words, extended by the engine and model that produced it.
package struct Transcript: Hashable, Sendable, Codable {
    /// `transcribe`, or `translate` when the text was translated into English.
    package var task: String
    /// ISO 639-1 code of the spoken language, for example `en` or `ja`; empty when nothing was said.
    package var language: String
    /// Length of the recording.
    package var duration: MediaTime
    /// The whole text; empty when the recording holds no speech.
    package var text: String
    package var segments: [Segment]
    package var words: [Word]
    /// The recogniser, for example `whisper.cpp 1.8.5`.
    package var engine: String
    /// Name and SHA-256 of the model, for example `base-q8_0@3f…`.
    package var model: String

    package init(
        task: String = "transcribe", language: String, duration: MediaTime, text: String,
        segments: [Segment], words: [Word], engine: String, model: String
    ) {
        self.task = task
        self.language = language
        self.duration = duration
        self.text = text
        self.segments = segments
        self.words = words
        self.engine = engine
        self.model = model
    }

    /// One stretch of speech as the recogniser cut it.
    package struct Segment: Hashable, Sendable, Codable {
        package var id: Int
        package var start: MediaTime
        package var end: MediaTime
        package var text: String
        /// Mean log probability of the segment's tokens.
        package var averageLogProbability: Double
        /// Probability that the segment holds no speech, 0 to 1.
        package var noSpeechProbability: Double

        package init(
            id: Int, start: MediaTime, end: MediaTime, text: String,
            averageLogProbability: Double, noSpeechProbability: Double
        ) {
            self.id = id
            self.start = start
            self.end = end
            self.text = text
            self.averageLogProbability = averageLogProbability
            self.noSpeechProbability = noSpeechProbability
        }

        private enum CodingKeys: String, CodingKey {
            case id, start, end, text
            case averageLogProbability = "avg_logprob"
            case noSpeechProbability = "no_speech_prob"
        }
    }

    /// One word, or in languages without spaces one token or character group, with the time it was spoken.
    package struct Word: Hashable, Sendable, Codable {
        package var word: String
        package var start: MediaTime
        package var end: MediaTime

        package init(word: String, start: MediaTime, end: MediaTime) {
            self.word = word
            self.start = start
            self.end = end
        }
    }
}
