/// How a scene is told. Stories, speeches and opinions use the words of order and change without explaining anything.
struct EnglishTone: Sendable {
    /// Share of clauses told in the simple past.
    var past: Double
    /// First-person singular and words of feeling, per sentence.
    var personal: Double
    var questions: Double

    init(_ reader: EnglishReader) {
        let told = reader.clauses.filter(\.hasVerb)
        past = told.isEmpty ? 0 : Double(told.count { $0.tense == .past }) / Double(told.count)
        var personal = 0.0
        for token in reader.tokens {
            if ["i", "i'm", "my", "me", "i've", "i'd", "myself"].contains(token.word) { personal += 0.5 }
            if EnglishWords.opinions.contains(token.word) { personal += 0.6 }
            if ["he", "she", "him", "her"].contains(token.word) { personal += 0.25 }
            if ["us", "let's"].contains(token.word) { personal += 0.3 }
            if token.word == "shall" { personal += 0.8 }
        }
        let sentences = Double(max(1, reader.sentences.count))
        self.personal = personal / max(2, sentences)
        questions = Double(reader.sentences.count(where: \.isQuestion)) / sentences
    }

    /// What to subtract from the evidence for an explanation in the present tense.
    var penalty: Double { past * 3.2 + min(3, personal * 1.8) + questions * 2.0 }

    /// The same for timelines, which are told in the past.
    var penaltyInPast: Double { min(2.5, personal * 1.2) + questions * 2.0 }
}
