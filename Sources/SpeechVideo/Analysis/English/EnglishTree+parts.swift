/// Reads the parts that a sentence lists, or that the sentences after it name one by one.
extension EnglishTree {
    func lastPhrase(of sentence: Int) -> Range<Int>? {
        let span = reader.spans[sentence]
        return reader.clauses.last { $0.sentence == sentence && $0.hasVerb && !$0.object.isEmpty }
            .flatMap { reader.nounPhrase($0.object) }
            ?? (span.count > 2 ? reader.nounPhrase((span.upperBound - 2)..<span.upperBound) : nil)
    }

    func partNoun(after position: Int, before end: Int) -> Int? {
        (position + 1..<min(end, position + 4)).first {
            Self.partNouns.contains(EnglishReader.stem(reader.tokens[$0].word))
        }
    }

    /// The listing begins after `three parts:` or `three classes,`.
    func listRange(_ rest: Range<Int>, count: Int?) -> Range<Int> {
        guard let count else { return rest }
        for index in count..<rest.upperBound
        where reader.tokens[index].followedByComma || reader.tokens[index].followedByStop {
            return (index + 1)..<rest.upperBound
        }
        for word in ["namely", "called", "which"] {
            if let found = reader.position(of: word, from: count), found.upperBound < rest.upperBound {
                return found.upperBound..<rest.upperBound
            }
        }
        return rest.upperBound..<rest.upperBound
    }

    /// `a, b and c` as phrases; empty unless it is a list.
    func list(in range: Range<Int>) -> [Range<Int>] {
        var items: [Range<Int>] = []
        var start = range.lowerBound
        func close(_ end: Int) {
            var first = start
            while first < end,
                EnglishWords.articles.contains(reader.tokens[first].word)
                    || [
                        "namely", "is", "are", "and", "or", "then", "finally", "also", "which", "they", "these",
                        "those", "called", "it's",
                        "including", "plus", "well", "as", "both", "one", "a", "an",
                    ].contains(reader.tokens[first].word)
            {
                first += 1
            }
            guard first < end, let phrase = reader.nounPhrase(first..<end) else { return }
            guard !reader.isPersonal(phrase), !reader.isPronoun(phrase), phrase.count <= 4 else { return }
            // `insurance for things and insurance for people`: only what follows tells them apart.
            if let twin = items.firstIndex(where: { stems($0).first == stems(phrase).first && phrase.count == 1 }),
                end - first <= 4
            {
                items[twin] =
                    items[twin].lowerBound..<min(range.upperBound, items[twin].upperBound + end - phrase.upperBound)
                items.append(first..<end)
                return
            }
            items.append(phrase)
        }
        var index = range.lowerBound
        while index < range.upperBound {
            let token = reader.tokens[index]
            if ["and", "or", "plus"].contains(token.word), index > start {
                close(index)
                start = index + 1
            } else if token.followedByComma || token.followedByStop {
                close(index + 1)
                start = index + 1
                if token.followedByStop, items.count > 1 { return items }
            }
            index += 1
        }
        if start < range.upperBound { close(range.upperBound) }
        return items
    }

    /// What the sentences after `sentence` name one by one: `the first is …`, `beneath it lies …`.
    func followers(after sentence: Int, count: Int) -> [Range<Int>] {
        var items: [Range<Int>] = []
        for next in reader.spans.indices where next > sentence && next <= sentence + count + 1 {
            let span = reader.spans[next]
            guard !span.isEmpty else { continue }
            if items.isEmpty,
                ["these", "those", "they", "namely", "it's"].contains(reader.tokens[span.lowerBound].word)
            {
                let listed = list(in: span)
                if listed.count >= 2 { return listed }
            }
            let listed =
                items.isEmpty && !span.contains { reader.tokens[$0].forms.contains(.third) } ? list(in: span) : []
            if listed.count >= max(2, count) { return Array(listed.prefix(count)) }
            for clause in reader.clauses where clause.sentence == next {
                guard items.count < count, let phrase = named(by: clause) else { continue }
                let said = stems(phrase)
                if !items.contains(where: { stems($0) == said }) { items.append(phrase) }
            }
            if items.count >= count { break }
        }
        return items.count >= min(count, 2) ? items : []
    }

    func stems(_ phrase: Range<Int>) -> [String] { phrase.map { EnglishReader.stem(reader.tokens[$0].word) } }

    private func named(by clause: EnglishClause) -> Range<Int>? {
        let tokens = reader.tokens
        if let called = clause.whole.first(where: { ["called", "named", "termed"].contains(tokens[$0].word) }),
            called + 1 < clause.whole.upperBound, clause.isPassive,
            let phrase = reader.nounPhrase(called + 1..<clause.whole.upperBound)
        {
            return phrase
        }
        let points = ["is", "are", "lies", "lie", "find", "comes", "sits", "called", "was", "handles", "includes"]
        let opener = clause.whole.drop { EnglishWords.conjunctions.contains(tokens[$0].word) }.prefix(3).map {
            tokens[$0].word
        }
        let isEnumeration =
            !clause.cues.isDisjoint(with: [.first, .next, .last])
            || opener.contains {
                ["one", "another", "other", "first", "second", "third", "last", "final"].contains($0)
            }
            || ["beneath", "below", "above", "under", "at", "on", "inside", "around", "behind", "right", "the"]
                .contains(opener.first ?? "")
        if isEnumeration,
            let verb = clause.whole.first(where: { points.contains(tokens[$0].word) }),
            verb + 1 < clause.whole.upperBound
        {
            let before = clause.whole.lowerBound..<verb
            let isNamed =
                before.contains {
                    [
                        "one", "first", "second", "third", "fourth", "last", "final", "another", "other", "you",
                        "beneath", "below", "above", "next", "then", "finally",
                    ].contains(tokens[$0].word)
                }
                || clause.subject.isEmpty
            if isNamed { return reader.nounPhrase(verb + 1..<clause.whole.upperBound) }
        }
        guard clause.hasVerb, !clause.isRelative, !clause.subject.isEmpty, !reader.isPersonal(clause.subject),
            !reader.isPronoun(clause.subject)
        else { return nil }
        let isNumbered = clause.subject.contains { index in
            Self.partNouns.contains(EnglishReader.stem(tokens[index].word)) || tokens[index].word == "one"
        }
        let verb = EnglishReader.stem(tokens[clause.verb.lowerBound].word)
        let isAbout =
            ["deal", "look", "cover", "describe", "discuss", "concern", "explain", "treat"].contains(verb)
            || clause.object.first.map { tokens[$0].word == "about" } ?? false
        // `part two is about practice`: practice.
        if isNumbered, isAbout, let subject = reader.nounPhrase(clause.object) { return subject }
        return reader.nounPhrase(clause.subject)
    }
}
