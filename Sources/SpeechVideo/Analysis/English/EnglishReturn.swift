/// Whether a series comes back to where it began.
struct EnglishReturn: Sendable {
    let reader: EnglishReader

    private static let phrases = [
        "cycle", "cycles", "loop", "loops", "starts again", "start again", "begins again", "begin again", "starts over",
        "start over", "starts all over", "begins anew", "starts anew", "repeats", "repeat", "all over again",
        "back to the", "goes back to", "returns to", "return to", "back into", "back where", "once again",
        "from the beginning", "back at", "the first step", "full circle", "starts from", "and so on",
        "round and round", "over and over", "comes back", "goes around", "circle", "vicious", "virtuous", "circular",
        "begins once more", "once more", "another round", "next round", "next generation", "feeds back",
        "feeds on itself", "feeds itself", "keeps itself going", "never ends",
        "never finished", "year after year", "go on like this", "goes on like this", "spiral", "in turn feeds",
    ]

    /// `goes … again`, `begins … afresh`: a verb of going or starting with a word of return close behind.
    private static let verbs = EnglishWords.words(
        """
        go goes going start starts starting begin begins beginning come comes coming run runs flow flows fall \
        falls drain drains empty empties feed feeds end ends lead leads become becomes lay do \
        spin spins kick kicks
        """)
    private static let adverbs = EnglishWords.words("again afresh anew over round around back")

    func isReturn(_ clause: EnglishClause) -> Bool {
        let text = clause.whole.map { reader.tokens[$0].word }.joined(separator: " ")
        return Self.phrases.contains { text.contains($0) } || pairs(in: clause.whole) > 0
    }

    /// Words that say the series returns; they weigh most at the end.
    var evidence: Double {
        var evidence = 0.0
        for phrase in Self.phrases {
            guard let found = reader.position(of: phrase) else { continue }
            // `Back at the office somebody …` only changes the scene.
            if phrase.hasPrefix("back"), reader.spans.contains(where: { $0.lowerBound == found.lowerBound }) {
                continue
            }
            let isLate = found.lowerBound * 5 >= reader.tokens.count * 3
            evidence +=
                ["cycle", "loop", "circle", "spiral"].contains(where: phrase.contains) ? 1.2 : isLate ? 1.0 : 0.2
        }
        let late = (reader.tokens.count * 3 / 5)..<reader.tokens.count
        evidence += min(1, Double(pairs(in: late)) * 0.8)
        if isBackAtStart { evidence += 1 }
        return min(2.6, evidence)
    }

    private func pairs(in range: Range<Int>) -> Int {
        range.count { index in
            Self.verbs.contains(reader.tokens[index].word)
                && ((max(range.lowerBound, index - 3)..<index).contains {
                    ["round", "around"].contains(reader.tokens[$0].word)
                }
                    || (index + 1..<min(range.upperBound, index + 5)).contains { position in
                        Self.adverbs.contains(reader.tokens[position].word)
                            && !(index..<position).contains { reader.tokens[$0].followedByStop }
                    })
        }
    }

    /// `back where you began`, `exactly where they started`.
    private var isBackAtStart: Bool {
        reader.tokens.indices.dropLast(2).contains { index in
            reader.tokens[index].word == "where"
                && ["start", "starts", "started", "begin", "begins", "began"].contains(reader.tokens[index + 2].word)
        }
    }
}
