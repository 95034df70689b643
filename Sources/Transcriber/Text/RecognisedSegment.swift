/// A stretch of speech with its words; times in seconds.
struct RecognisedSegment: Equatable, Encodable {
    var start: Double
    var end: Double
    var text: String
    var averageLogProbability: Double
    var noSpeechProbability: Double
    var words: [Word]

    struct Word: Equatable, Encodable {
        var word: String
        var start: Double
        var end: Double
    }

    private enum CodingKeys: String, CodingKey {
        case start, end, text, words
        case averageLogProbability = "avg_logprob"
        case noSpeechProbability = "no_speech_prob"
    }
}
