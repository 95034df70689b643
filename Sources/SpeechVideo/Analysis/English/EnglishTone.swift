/// How a scene is told. Stories, speeches and opinions use the words of order and change without explaining anything.
struct EnglishTone: Sendable {
    /// Share of clauses told in the simple past.
    var past: Double
    /// First-person singular and words of feeling, per sentence.
    var personal: Double
    var questions: Double

    init(_ reader: EnglishReader) {
        let told = reader.clauses.filter { $0.hasVerb && !reader.sentences[$0.sentence].isQuestion }
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
        // `So how does a film come together?` announces the answer.
        let asked = reader.sentences.indices.reduce(0.0) { sum, index in
            guard reader.sentences[index].isQuestion else { return sum }
            let opening = reader.spans[index].prefix(3).map { reader.tokens[$0].word }
            if index > 0 { return sum + 1 }
            return opening.contains { ["how", "why", "what"].contains($0) } ? sum : sum + 0.5
        }
        questions = asked / sentences
    }

    /// What to subtract from the evidence for an explanation in the present tense.
    var penalty: Double { past * 3.2 + min(3, personal * 1.8) + questions * 2.0 }

    /// The same where the clauses hang together: whoever explains what happened tells it in the past, too.
    func penalty(relief: Double) -> Double {
        past * 3.2 * (1 - 0.85 * relief) + min(3, personal * 1.8) * (1 - 0.5 * relief) + questions * 2.0
    }

    /// The same for timelines, which are told in the past.
    var penaltyInPast: Double { min(2.5, personal * 1.2) + questions * 2.0 }
}
