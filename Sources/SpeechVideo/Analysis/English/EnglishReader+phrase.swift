extension EnglishReader {
    static let longestLabel = 40

    /// The longest quotation within `range` that reads well and fits a box; nil when nothing is left.
    func phrase(_ range: Range<Int>, keepingLead: Bool = false) -> Range<Int>? {
        var start = range.lowerBound
        while start < range.upperBound, !keepingLead, isLeadWord(tokens[start].word) { start += 1 }
        var end = start
        while end < range.upperBound,
            tokens[end].range.upperBound - tokens[start].range.lowerBound <= Self.longestLabel
        {
            end += 1
        }
        let isCut = end < range.upperBound
        if isCut, let better = naturalEnd(in: start..<end) { end = better }
        while end > start + 1, EnglishWords.weakEndings.contains(tokens[end - 1].word) { end -= 1 }
        guard start < end else { return start < range.upperBound ? cut(tokens[start].range) : nil }
        return tokens[start].range.lowerBound..<tokens[end - 1].range.upperBound
    }

    /// A single word longer than a label is cut hard.
    private func cut(_ range: Range<Int>) -> Range<Int> {
        range.lowerBound..<min(range.upperBound, range.lowerBound + Self.longestLabel)
    }

    private func isLeadWord(_ word: String) -> Bool {
        EnglishWords.articles.contains(word) || EnglishWords.fillers.contains(word)
            || EnglishWords.conjunctions.contains(word)
            || ["which", "where", "who", "you", "we", "they", "it", "to", "of", "into", "then", "also", "i", "both"]
                .contains(word)
    }

    /// A place to stop before a side remark, when the whole does not fit.
    private func naturalEnd(in range: Range<Int>) -> Int? {
        guard range.count > 3 else { return nil }
        for index in (range.lowerBound + 2)..<range.upperBound {
            if tokens[index - 1].followedByComma || tokens[index - 1].followedByStop { return index }
            if ["until", "because", "so", "while", "which", "where", "that", "before", "after", "when", "if", "unless"]
                .contains(tokens[index].word)
            {
                return index
            }
        }
        return nil
    }

    /// The noun phrase that `range` starts with: up to the next preposition, comma or conjunction.
    func nounPhrase(_ range: Range<Int>) -> Range<Int>? {
        var start = range.lowerBound
        while start < range.upperBound,
            EnglishWords.articles.contains(tokens[start].word) || EnglishWords.adverbs.contains(tokens[start].word)
                || EnglishWords.fillers.contains(tokens[start].word)
                || (EnglishWords.prepositions.contains(tokens[start].word) && !isClauseMarker(tokens[start].word))
        {
            start += 1
        }
        var end = start
        while end < range.upperBound {
            let word = tokens[end].word
            if end > start {
                if EnglishWords.prepositions.contains(word) || EnglishWords.conjunctions.contains(word)
                    || EnglishWords.determiners.contains(word) || EnglishWords.adverbs.contains(word)
                    || EnglishWords.auxiliaries.contains(word) || EnglishWords.subjectPronouns.contains(word)
                {
                    break
                }
            }
            end += 1
            if tokens[end - 1].followedByComma || tokens[end - 1].followedByStop { break }
        }
        guard start < end, !isClauseMarker(tokens[start].word), end - start <= 5 else { return nil }
        return start..<end
    }

    private func isClauseMarker(_ word: String) -> Bool {
        [
            "until", "because", "that", "which", "who", "where", "when", "while", "if", "so", "than", "as", "before",
            "after",
        ]
        .contains(word)
    }

    /// The word that names the thing, without plural endings.
    func head(of nounPhrase: Range<Int>) -> String { Self.stem(tokens[nounPhrase.upperBound - 1].word) }

    static func stem(_ word: String) -> String {
        if word.count > 4, word.hasSuffix("ies") { return word.dropLast(3) + "y" }
        if word.count > 4, ["ses", "xes", "ches", "shes"].contains(where: word.hasSuffix) {
            return String(word.dropLast(2))
        }
        if word.count > 3, word.hasSuffix("s"), !word.hasSuffix("ss"), !word.hasSuffix("us") {
            return String(word.dropLast())
        }
        return word
    }

    func isPronoun(_ range: Range<Int>) -> Bool {
        guard range.count <= 2, let first = range.first else { return false }
        return EnglishWords.backPronouns.contains(tokens[first].word) && range.count == 1
    }

    func isPersonal(_ range: Range<Int>) -> Bool {
        guard let first = range.first else { return false }
        return [
            "i", "you", "we", "he", "she", "they", "people", "everyone", "one", "someone", "i'm", "we're", "you're",
        ]
        .contains(tokens[first].word)
    }

    /// Whether `words` stand one after another anywhere in the scene.
    func contains(_ words: String...) -> Bool {
        words.contains { position(of: $0) != nil }
    }

    func position(of phrase: String, from start: Int = 0) -> Range<Int>? {
        let words = phrase.split(separator: " ").map(String.init)
        guard let first = words.first, tokens.count >= words.count, start <= tokens.count - words.count else {
            return nil
        }
        for index in start...(tokens.count - words.count) where tokens[index].word == first {
            if (1..<max(1, words.count)).allSatisfy({ tokens[index + $0].word == words[$0] }) {
                return index..<(index + words.count)
            }
        }
        return nil
    }
}
