/// Parts that no verb of division announces: `on the ground floor you'll find …`, `brass, that's …`, `you've got …`.
extension EnglishTree {
    private static let places: Set<String> = [
        "under", "below", "beneath", "underneath", "in", "inside", "within", "on", "among", "amongst", "behind",
        "beside",
    ]
    private static let openers: [[String]] = [
        ["there's"], ["there", "is"], ["there", "are"], ["you've", "got"], ["you", "have"], ["you", "get"],
        ["you", "got"], ["you'll", "find"], ["we've", "got"], ["we", "have"], ["it's", "got"], ["you", "find"],
        ["you'll", "have"], ["you'll", "see"], ["you'll", "hear"],
    ]
    private static let collectives: Set<String> = [
        "handful", "couple", "few", "several", "number", "bunch",
    ]

    /// The token after an existential opener such as `you've got` at `start`; nil where there is none.
    private func opener(at start: Int, before end: Int) -> Int? {
        for words in Self.openers where start + words.count <= end {
            if words.indices.allSatisfy({ reader.tokens[start + $0].word == words[$0] }) { return start + words.count }
        }
        return nil
    }

    /// The token after `one is`, `another is`, `the last one is`.
    private func counted(at start: Int, before end: Int) -> Int? {
        var index = start
        if index < end, reader.tokens[index].word == "the" { index += 1 }
        let ranks = ["one", "another", "first", "second", "third", "fourth", "last", "other", "next", "final"]
        guard index < end, ranks.contains(reader.tokens[index].word) else { return nil }
        index += 1
        if index < end, reader.tokens[index].word == "one" { index += 1 }
        guard index + 1 < end, ["is", "are"].contains(reader.tokens[index].word) else { return nil }
        return index + 1
    }

    /// Skips `and then`, `well` and other words in front.
    private func body(of range: Range<Int>) -> Int { EnglishReader.lead(of: reader.tokens, range).end }

    /// `under X you've got a and b`: the parts of X; also `X, that's a and b` and `X means a and b` where X is known.
    func topicSplit(of clause: EnglishClause, isKnown: (Range<Int>) -> Bool, last: Range<Int>?) -> Split? {
        let start = body(of: clause.whole)
        let limit = reader.spans[clause.sentence].upperBound
        guard start < limit else { return nil }
        if let split = placeSplit(from: start, before: limit, last: last) { return split }
        // `brass, that's the trumpets and …`
        let isLed = clause.hasVerb && clause.verb.lowerBound > start
        if let topic = reader.nounPhrase(start..<(isLed ? clause.verb.lowerBound : limit)), topic.upperBound < limit,
            isKnown(topic)
        {
            var next = topic.upperBound
            if reader.tokens[next].word == "itself" { next += 1 }
            let isFronted = reader.tokens[topic.upperBound - 1].followedByComma
            if isFronted, next < limit {
                guard ["that's", "they're", "meaning", "you've", "there's", "it's"].contains(reader.tokens[next].word)
                else { return nil }
                let from = opener(at: next, before: limit) ?? next + 1
                return split(topic, from..<limit, weight: 1.0, fewest: 2)
            }
            guard clause.hasVerb, clause.verb.lowerBound >= topic.upperBound,
                clause.verb.lowerBound - topic.upperBound <= 4
            else { return nil }
            var from = clause.verb.upperBound
            if from < limit, ["after", "for", "of", "to", "in", "as", "where"].contains(reader.tokens[from].word) {
                from += 1
            }
            if from < limit, let found = opener(at: from, before: limit) { from = found }
            if from + 1 < limit, ["we", "they", "i", "you"].contains(reader.tokens[from].word) { from += 2 }
            guard from < limit, reader.tokens[clause.verb.lowerBound].word.hasSuffix("n't") == false else { return nil }
            return split(topic, from..<limit, weight: 0.9, fewest: 2)
        }
        return nil
    }

    private func split(_ whole: Range<Int>?, _ range: Range<Int>, weight: Double, fewest: Int) -> Split? {
        let items = EnglishEnumeration(reader, in: range).items
        guard items.count >= fewest else { return nil }
        return Split(whole: whole, items: items, weight: weight)
    }

    /// `on the board sit the processor and the memory`.
    private func placeSplit(from start: Int, before limit: Int, last: Range<Int>?) -> Split? {
        guard Self.places.contains(reader.tokens[start].word), start + 2 < limit else { return nil }
        let first = reader.tokens[start + 1].word
        var whole: Range<Int>?
        var next = start + 2
        if ["it", "that", "them", "those", "each", "him", "her", "me", "this"].contains(first) {
            whole = last
            if next + 1 < limit, reader.tokens[next].word == "of" { next += 2 }
        } else if let phrase = reader.nounPhrase(start + 1..<limit) {
            var end = phrase.upperBound
            // `under the musical director are …`: the verb ends the phrase.
            for index in phrase.dropFirst()
            where ["sit", "sits", "come", "comes", "lies", "lie"].contains(
                reader.tokens[index].word)
            {
                end = index
                break
            }
            whole = phrase.lowerBound..<end
            next = end
        }
        guard let whole, next < limit else { return nil }
        if let from = opener(at: next, before: limit) { return split(whole, from..<limit, weight: 1.0, fewest: 2) }
        // `among the zooms you'll come across …`
        if ["you", "we", "you'll", "we'll", "they", "you'd"].contains(reader.tokens[next].word),
            let predicate = EnglishPredicate(in: reader.tokens, next..<limit), predicate.verb.lowerBound <= next + 1
        {
            var from = predicate.verb.upperBound
            while from < limit, ["across", "with", "in", "up"].contains(reader.tokens[from].word) { from += 1 }
            return from < limit ? split(whole, from..<limit, weight: 0.8, fewest: 2) : nil
        }
        guard
            ["is", "are", "sit", "sits", "come", "comes", "lies", "lie", "live", "go", "belong", "belongs"].contains(
                reader.tokens[next].word)
        else { return nil }
        return split(whole, next + 1..<limit, weight: 1.0, fewest: 2)
    }

    /// `at the top sits the committee`, `the trustees are at the top`.
    func summit(of sentence: Int) -> Range<Int>? {
        let span = reader.spans[sentence]
        for place in ["at the top", "at the head", "on top", "at the very top", "the head of it all"] {
            guard let found = reader.position(of: place, from: span.lowerBound), found.upperBound < span.upperBound
            else { continue }
            let points = ["is", "are", "sits", "sit", "stands", "there's", "comes", "you've", "we've"]
            for index in found.upperBound..<min(span.upperBound, found.upperBound + 5)
            where points.contains(reader.tokens[index].word) && index + 1 < span.upperBound {
                let from = opener(at: index, before: span.upperBound) ?? index + 1
                return reader.nounPhrase(from..<span.upperBound)
            }
        }
        for place in ["at the top", "on top", "at the head"] {
            guard let found = reader.position(of: place, from: span.lowerBound), found.upperBound <= span.upperBound,
                found.lowerBound - 1 > span.lowerBound,
                ["is", "are", "sits"].contains(reader.tokens[found.lowerBound - 1].word)
            else { continue }
            let start = body(of: span.lowerBound..<found.lowerBound)
            return reader.nounPhrase(start..<found.lowerBound - 1)
        }
        return nil
    }

    /// `there's the regulars, there's the tourists …`, `You've got the frame. You've got the wheels.`
    ///
    /// Each thing may bring its own parts: `the drivetrain, meaning the chain and the cranks`.
    func series() -> [Split] {
        var found: [(words: Range<Int>, parts: [Range<Int>], sentence: Int)] = []
        for sentence in reader.spans.indices where !reader.sentences[sentence].isQuestion {
            let span = reader.spans[sentence]
            var starts: [Int] = []
            var start = span.lowerBound
            for index in span where index == span.lowerBound || reader.tokens[index - 1].followedByComma {
                start = body(of: index..<span.upperBound)
                if let next = opener(at: start, before: span.upperBound)
                    ?? (index == span.lowerBound ? counted(at: index, before: span.upperBound) : nil)
                {
                    starts.append(next)
                }
            }
            let isContinued = found.count >= 2 && found.last.map { $0.sentence >= sentence - 1 } ?? false
            if starts.isEmpty, isContinued, EnglishPredicate(in: reader.tokens, head(of: span)) == nil {
                starts = [body(of: span)]
            }
            for (position, start) in starts.enumerated() {
                let limit = position + 1 < starts.count ? starts[position + 1] : span.upperBound
                guard start < limit, EnglishWords.numbers[reader.tokens[start].word] == nil,
                    let thing = reader.nounPhrase(start..<limit), thing.lowerBound <= start + 1,
                    !reader.isPersonal(thing), !reader.isPronoun(thing)
                else { continue }
                let rest = rest(after: thing, before: limit)
                let parts = position + 1 < starts.count ? [] : EnglishEnumeration(reader, in: rest).items
                found.append((thing, parts.count >= 2 ? parts : [], sentence))
            }
        }
        guard found.count >= 2, let first = found.first, let last = found.last,
            last.sentence - first.sentence <= found.count + 1
        else { return [] }
        let collective = collective(before: first.sentence)
        guard collective != nil || found.count >= 3 else { return [] }
        guard let root = collective ?? antecedent(of: first.sentence) else { return [] }
        var splits = [Split(whole: root, items: found.map(\.words), weight: collective != nil ? 1.8 : 0.6)]
        for thing in found where !thing.parts.isEmpty {
            splits.append(Split(whole: thing.words, items: thing.parts, weight: 0.8))
        }
        return splits
    }

    private func head(of span: Range<Int>) -> Range<Int> {
        let start = body(of: span)
        let end = (start..<span.upperBound).first { reader.tokens[$0].followedByComma } ?? span.upperBound - 1
        return start..<min(span.upperBound, end + 1)
    }

    /// What follows `the soft ones with the white coat,`.
    private func rest(after thing: Range<Int>, before limit: Int) -> Range<Int> {
        var index = thing.upperBound
        while index < limit, !reader.tokens[index - 1].followedByComma { index += 1 }
        return index..<limit
    }

    /// The thing of which the speaker announces `three chunks` or `a handful of families`.
    private func collective(before sentence: Int) -> Range<Int>? {
        for earlier in stride(from: sentence, through: max(0, sentence - 2), by: -1) {
            let span = reader.spans[earlier]
            guard
                let number = span.first(where: { index in
                    let word = reader.tokens[index].word
                    return (EnglishWords.numbers[word] != nil || Self.collectives.contains(word))
                        && index + 1 < span.upperBound
                        && (index + 1..<min(span.upperBound, index + 4)).contains {
                            reader.tokens[$0].word.hasSuffix("s") && !EnglishWords.stop.contains(reader.tokens[$0].word)
                        }
                })
            else { continue }
            let before = reader.clauses.last {
                $0.sentence == earlier && $0.whole.lowerBound < number && !$0.subject.isEmpty
                    && !reader.isPersonal($0.subject) && !reader.isPronoun($0.subject)
                    && !["there", "there's"].contains(reader.tokens[$0.subject.lowerBound].word)
            }
            if let before, let phrase = reader.nounPhrase(before.subject) { return phrase }
            for clause in reader.clauses.reversed() where clause.sentence == earlier && clause.hasVerb {
                guard clause.object.lowerBound < number, let phrase = reader.nounPhrase(clause.object),
                    phrase.upperBound <= number, !reader.isPronoun(phrase), !reader.isPersonal(phrase),
                    !Self.collectives.contains(reader.tokens[phrase.lowerBound].word)
                else { continue }
                return phrase
            }
            return antecedent(of: earlier)
        }
        return nil
    }

    /// What `it` at the start of a sentence stands for: what the sentence before is about.
    func antecedent(of sentence: Int) -> Range<Int>? {
        guard sentence > 0 else { return nil }
        for clause in reader.clauses where clause.sentence == sentence - 1 && !clause.subject.isEmpty {
            guard !reader.isPersonal(clause.subject), !reader.isPronoun(clause.subject),
                let phrase = reader.nounPhrase(clause.subject),
                !EnglishWords.stop.contains(reader.tokens[phrase.lowerBound].word)
            else { continue }
            return phrase
        }
        guard let last = lastPhrase(of: sentence - 1) else { return nil }
        guard ["me", "us", "you"].contains(reader.tokens[last.lowerBound].word) else { return last }
        // `let me give you a picture of the library`: the library.
        let span = reader.spans[sentence - 1]
        guard
            let joint = span.last(where: { ["of", "about", "at", "through", "in"].contains(reader.tokens[$0].word) }),
            joint + 1 < span.upperBound
        else { return nil }
        return reader.nounPhrase(joint + 1..<span.upperBound)
    }
}
