/// `a, your b and the c` as phrases, ending where the listing ends.
struct EnglishEnumeration: Sendable {
    private(set) var items: [Range<Int>] = []
    /// The token after the last item.
    private(set) var end: Int

    private static let leads: Set<String> = [
        "and", "or", "plus", "then", "also", "maybe", "just", "both", "either", "meaning", "namely", "like", "say",
        "perhaps", "so", "finally", "including", "mostly", "basically", "usually", "one", "that's", "it's", "is", "are",
    ]

    init(_ reader: EnglishReader, in range: Range<Int>) {
        end = range.lowerBound
        var start = range.lowerBound
        var index = start
        var isLast = false
        while index < range.upperBound {
            let token = reader.tokens[index]
            let isJoint = ["and", "or", "plus"].contains(token.word) && index > start
            let isBreak = token.followedByComma || token.followedByStop || index + 1 == range.upperBound
            if isJoint || isBreak {
                let stop = isJoint ? index : index + 1
                guard let item = Self.item(reader, start..<stop) else {
                    if items.isEmpty, !isLast { start = index + 1; index += 1; continue }
                    return
                }
                items.append(item)
                end = stop
                if isLast && !isJoint || token.followedByStop { return }
                let next = index + 1 < range.upperBound ? reader.tokens[index + 1].word : ""
                isLast = isJoint || ["and", "or", "plus"].contains(next)
                start = index + 1
            }
            index += 1
        }
    }

    /// The noun phrase that a piece consists of; nil for anything that says more.
    private static func item(_ reader: EnglishReader, _ piece: Range<Int>) -> Range<Int>? {
        var start = piece.lowerBound
        while start < piece.upperBound,
            leads.contains(reader.tokens[start].word) || EnglishWords.articles.contains(reader.tokens[start].word)
        {
            start += 1
        }
        guard start < piece.upperBound, !EnglishWords.prepositions.contains(reader.tokens[start].word),
            let phrase = reader.nounPhrase(start..<piece.upperBound), phrase.lowerBound == start, phrase.count <= 4,
            !reader.isPersonal(phrase), !reader.isPronoun(phrase),
            !EnglishWords.auxiliaries.contains(reader.tokens[start].word),
            !["not", "nothing", "anything", "everything", "something", "that", "there", "here"].contains(
                reader.tokens[start].word)
        else { return nil }
        if phrase.upperBound < piece.upperBound, ["one", "ones"].contains(reader.tokens[phrase.upperBound].word) {
            return phrase.lowerBound..<phrase.upperBound + 1
        }
        let rest = phrase.upperBound..<piece.upperBound
        if let next = rest.first {
            let word = reader.tokens[next].word
            guard EnglishWords.prepositions.contains(word) || EnglishWords.adverbs.contains(word),
                rest.count <= 6 || word == "that" || word == "which" || word == "who"
            else { return nil }
        } else if phrase.count > 1, let predicate = EnglishPredicate(in: reader.tokens, piece),
            predicate.verb.lowerBound > phrase.lowerBound,
            predicate.verb.lowerBound + 1 < phrase.upperBound
        {
            return nil
        }
        return phrase
    }
}
