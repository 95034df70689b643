/// Reads the sentences of a scene into clauses.
struct EnglishReader: Sendable {
    let text: TimedText
    let sentences: [Sentence]
    let tokens: [EnglishToken]
    /// Tokens of each sentence.
    let spans: [Range<Int>]
    let clauses: [EnglishClause]

    init(_ text: TimedText, _ sentences: [Sentence]) {
        self.text = text
        self.sentences = sentences
        var tokens: [EnglishToken] = []
        var spans: [Range<Int>] = []
        for sentence in sentences {
            let start = tokens.count
            tokens += EnglishToken.tokens(of: text, in: sentence.range)
            spans.append(start..<tokens.count)
        }
        var clauses: [EnglishClause] = []
        for (index, span) in spans.enumerated() where !span.isEmpty {
            clauses += Self.clauses(of: tokens, in: span, sentence: index)
        }
        self.tokens = tokens
        self.spans = spans
        self.clauses = clauses
    }

    private static func clauses(of tokens: [EnglishToken], in span: Range<Int>, sentence: Int) -> [EnglishClause] {
        var clauses: [EnglishClause] = []
        var start = span.lowerBound
        while start < span.upperBound {
            var end = nextBoundary(in: tokens, from: start, before: span.upperBound)
            if end <= start { end = span.upperBound }
            clauses.append(clause(of: tokens, start..<end, sentence: sentence))
            start = end
        }
        return clauses
    }

    /// Where the clause that begins at `start` ends.
    private static func nextBoundary(in tokens: [EnglishToken], from start: Int, before limit: Int) -> Int {
        let lead = Self.lead(of: tokens, start..<limit)
        var body = lead.end
        if lead.cues.contains(.condition) || lead.cues.contains(.whenever) || lead.cues.contains(.otherwise),
            let end = conditionEnd(in: tokens, from: body, before: limit)
        {
            body = end
        }
        guard body < limit else { return limit }
        var index = body + 1
        while index < limit {
            if isBoundary(in: tokens, at: index, bodyStart: body, before: limit) { return index }
            index += 1
        }
        return limit
    }

    private static func isBoundary(in tokens: [EnglishToken], at index: Int, bodyStart: Int, before limit: Int) -> Bool
    {
        let previous = tokens[index - 1]
        let word = tokens[index].word
        let isConjunction =
            EnglishWords.conjunctions.contains(word) && word != "or"
            || ["whereas", "then", "which", "where", "while"].contains(word)
        let isPunctuated = previous.followedByComma || previous.followedByStop
        guard isConjunction || isPunctuated else { return false }
        if word == "so", index + 1 < limit, tokens[index + 1].word == "that" { return false }
        guard EnglishPredicate(in: tokens, bodyStart..<index) != nil else { return false }
        if previous.followedByStop, limit - index > 2 { return true }
        var start = index
        if isConjunction { start += 1 }
        let lead = Self.lead(of: tokens, start..<limit)
        start = lead.end
        guard start < limit else { return false }
        var end = start + 1
        while end < limit, !tokens[end - 1].followedByComma, !tokens[end - 1].followedByStop, end - start < 8 {
            end += 1
        }
        if startsWithVerb(in: tokens, at: start, before: end) {
            return isConjunction || !lead.cues.isEmpty || isPunctuated
        }
        guard let predicate = EnglishPredicate(in: tokens, start..<end) else { return false }
        let subject = start..<predicate.verb.lowerBound
        return !subject.contains { EnglishWords.conjunctions.contains(tokens[$0].word) && $0 > start }
            && (subject.count <= 5 || isPunctuated)
    }

    /// `rises and cools`: the subject is that of the clause before.
    private static func startsWithVerb(in tokens: [EnglishToken], at index: Int, before end: Int) -> Bool {
        let token = tokens[index]
        if EnglishWords.auxiliaries.contains(token.word) { return true }
        guard !token.forms.isDisjoint(with: [.base, .third, .past]) else { return false }
        guard index + 1 < end else { return !token.forms.contains(.base) || token.forms.contains(.third) }
        let next = tokens[index + 1]
        // `motivated kids practise more`: the first word only describes the second.
        if token.word.hasSuffix("ed"), index + 2 < end, next.word.hasSuffix("s"),
            !EnglishWords.stop.contains(next.word),
            !tokens[index + 2].forms.isDisjoint(with: [.base, .past])
        {
            return false
        }
        if EnglishWords.determiners.contains(next.word) || EnglishWords.prepositions.contains(next.word)
            || EnglishWords.backPronouns.contains(next.word) || EnglishWords.adverbs.contains(next.word)
        {
            return true
        }
        return next.forms.isDisjoint(with: [.third]) && !EnglishWords.auxiliaries.contains(next.word)
    }

    /// Cues, conjunctions and fillers in front of a clause.
    static func lead(of tokens: [EnglishToken], _ range: Range<Int>) -> (cues: Set<EnglishCue>, end: Int) {
        var cues: Set<EnglishCue> = []
        var index = range.lowerBound
        while index < range.upperBound {
            if let found = EnglishCue.cue(in: tokens, at: index, before: range.upperBound) {
                let isEnumerator = found.length == 1 && [.first, .next, .last].contains(found.cue)
                let follows = index + 1 < range.upperBound ? tokens[index + 1].word : ""
                if isEnumerator,
                    ["of", "time", "year", "day", "one", "two", "three", "is", "was", "flight"].contains(follows)
                {
                    break
                }
                cues.insert(found.cue)
                index += found.length
                if [.condition, .whenever, .otherwise].contains(found.cue), found.cue != .otherwise { break }
                continue
            }
            if let length = asideLength(in: tokens, at: index, before: range.upperBound) {
                index += length
                continue
            }
            let word = tokens[index].word
            guard EnglishWords.fillers.contains(word) || EnglishWords.conjunctions.contains(word) else { break }
            if word == "there" { break }
            index += 1
        }
        return (cues, min(index, range.upperBound))
    }

    private static let asides: [[String]] = [
        "i'll grant you", "i'd say", "i think", "i mean", "i guess", "i suppose", "i reckon", "i must say", "mind you",
        "to be honest", "to be fair", "if you ask me", "you know", "you see", "of course", "i have to say",
        "i'd argue", "i would say", "as you know", "believe me", "trust me", "as i said", "like i said",
    ].map { $0.split(separator: " ").map(String.init) }

    /// `I'd say`, `mind you`: words about the talking, where more follows.
    private static func asideLength(in tokens: [EnglishToken], at index: Int, before end: Int) -> Int? {
        asides.first { aside in
            index + aside.count + 1 < end && aside.indices.allSatisfy { tokens[index + $0].word == aside[$0] }
                && !["that", "it", "so", "about"].contains(tokens[index + aside.count].word)
        }?.count
    }

    /// Where the `if` or `when` part ends and the main part begins.
    private static func conditionEnd(in tokens: [EnglishToken], from start: Int, before limit: Int) -> Int? {
        var index = start
        while index < limit {
            if tokens[index].followedByComma { return index + 1 < limit ? index + 1 : nil }
            index += 1
        }
        let people: Set<String> = ["i", "we", "you", "they", "he", "she"]
        guard let predicate = EnglishPredicate(in: tokens, start..<limit) else {
            // `after the shoot I disappear`.
            return (start..<limit).dropFirst().first { people.contains(tokens[$0].word) && $0 + 1 < limit }
        }
        // `as soon as we're happy with that we do the casting`, `after the shoot we do the edit`.
        for index in (start + 1)..<max(start + 1, limit - 1)
        where people.contains(tokens[index].word)
            && (index >= predicate.verb.upperBound || index + 1 >= predicate.verb.lowerBound)
            && ["that", "it", "there", "this", "them", "done"].contains(tokens[index - 1].word)
            || index + 1 == predicate.verb.lowerBound && index > start && people.contains(tokens[index].word)
        {
            return index
        }
        for index in predicate.verb.upperBound..<limit where index > predicate.verb.lowerBound {
            if ["you", "we", "they", "it", "i", "he", "she", "then", "the"].contains(tokens[index].word),
                !EnglishWords.prepositions.contains(tokens[index - 1].word),
                index > predicate.verb.upperBound
                    || tokens[index].word != "it" && tokens[index].word != "the",
                EnglishPredicate(in: tokens, index..<min(limit, index + 5)) != nil
            {
                return index
            }
        }
        return nil
    }

    private static func clause(of tokens: [EnglishToken], _ range: Range<Int>, sentence: Int) -> EnglishClause {
        var lead = Self.lead(of: tokens, range)
        var condition: Range<Int>?
        var conditionCue: EnglishCue?
        if lead.cues.contains(.condition) || lead.cues.contains(.whenever) || lead.cues.contains(.otherwise) {
            conditionCue =
                lead.cues.contains(.condition)
                ? .condition
                : lead.cues.contains(.otherwise) ? .otherwise : .whenever
            if conditionCue != .otherwise || tokens[max(range.lowerBound, lead.end - 1)].followedByComma == false,
                let end = conditionEnd(in: tokens, from: lead.end, before: range.upperBound)
            {
                condition = lead.end..<end
                let inner = Self.lead(of: tokens, end..<range.upperBound)
                lead.cues.formUnion(inner.cues.subtracting([.whenever, .condition]))
                lead.end = inner.end
            }
        }
        let isRelative = lead.end < range.upperBound && ["which", "where", "who"].contains(tokens[lead.end].word)
        let body = min(lead.end, range.upperBound)..<range.upperBound
        var clause = EnglishClause(
            tokens: body, whole: range, sentence: sentence, cues: lead.cues, subject: body.lowerBound..<body.lowerBound,
            verb: body.lowerBound..<body.lowerBound, object: body, tense: .none)
        clause.condition = condition
        clause.conditionCue = conditionCue
        clause.isRelative = isRelative
        guard !body.isEmpty else { return clause }
        var subjectStart = body.lowerBound
        if tokens[subjectStart].word == "where" { subjectStart += 1 }
        guard subjectStart < body.upperBound else { return clause }
        if startsWithVerb(in: tokens, at: subjectStart, before: body.upperBound),
            tokens[subjectStart].forms.isDisjoint(with: .base)
        {
            // The subject was said in the clause before.
            let first = tokens[subjectStart]
            var end = subjectStart + 1
            if EnglishWords.auxiliaries.contains(first.word), end < body.upperBound, !tokens[end].forms.isEmpty {
                end += 1
            }
            clause.verb = subjectStart..<end
            clause.tense =
                first.forms.contains(.past) || EnglishWords.pastAuxiliaries.contains(first.word) ? .past : .present
            clause.isPassive = EnglishWords.beForms.contains(first.word) && end > subjectStart + 1
        } else if let predicate = EnglishPredicate(in: tokens, subjectStart..<body.upperBound) {
            clause.verb = predicate.verb
            clause.tense = predicate.tense
            clause.isPassive = predicate.isPassive
            let isContraction = EnglishWords.contractions.contains(tokens[predicate.verb.lowerBound].word)
            clause.subject = subjectStart..<(isContraction ? predicate.verb.lowerBound + 1 : predicate.verb.lowerBound)
        }
        clause.object = clause.verb.isEmpty ? body : clause.verb.upperBound..<body.upperBound
        return clause
    }
}
