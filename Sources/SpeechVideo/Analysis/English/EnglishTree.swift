/// A whole and its parts.
struct EnglishTree: Sendable {
    let reader: EnglishReader
    let tone: EnglishTone

    /// How a sentence says that a thing has parts, and how sure that is.
    private static let patterns: [(words: String, weight: Double)] = [
        ("consists of", 2.2), ("consist of", 2.2), ("made up of", 2.2), ("composed of", 2.2), ("comprised of", 2.2),
        ("is made of", 1.4), ("built out of", 1.8), ("built from", 1.2), ("comprises", 2.0), ("comprise", 1.8),
        ("divided into", 2.2), ("divides into", 2.2), ("split into", 2.0), ("splits into", 2.0),
        ("broken down into", 2.2),
        ("break down into", 2.2), ("breaks down into", 2.2), ("grouped into", 2.2), ("separated into", 1.8),
        ("classified into", 2.2),
        ("classified as", 1.6), ("fall into", 1.6), ("falls into", 1.6), ("organized into", 2.0),
        ("organised into", 2.0),
        ("sorted into", 1.6), ("branches into", 2.0), ("branch into", 2.0), ("subdivided into", 2.2), ("comes in", 1.0),
        ("come in", 1.0), ("contains", 1.0), ("contain", 1.0), ("includes", 1.0), ("include", 1.0), ("namely", 1.8),
        ("structured into", 2.0), ("has", 0.6), ("have", 0.4), ("there are", 0.6), ("reports to", 1.2),
        ("report to", 1.2),
        ("belong to", 0.8), ("belongs to", 0.8), ("distinguish", 0.8), ("covers", 0.6), ("houses", 0.5),
        ("oversees", 1.2),
        ("supervises", 1.0), ("holds", 0.3), ("you get", 0.2), ("you find", 0.2), ("you have", 0.3), ("are", 0.0),
        ("is", 0.0),
    ]

    private static let partNouns: Set<String> = [
        "part", "kind", "type", "section", "layer", "branch", "category", "group", "component", "department", "team",
        "module", "class", "division", "element", "piece", "unit", "family", "chamber", "level", "area", "field",
        "subgroup",
        "region", "organ", "ingredient", "pillar", "member", "form", "variety", "service", "floor", "chapter", "act",
        "subfield",
        "discipline", "tier", "cluster", "order", "genus", "species", "set", "faculty", "stream", "body", "half",
        "sector", "subsystem",
        "wing", "arm", "portion", "phylum", "column", "subject", "package",
    ]

    private struct Split {
        var whole: Range<Int>?
        var items: [Range<Int>]
        var weight: Double
        var isReversed = false
    }

    func draft() -> Draft? {
        var nodes: [(words: Range<Int>, quote: Range<Int>, head: String)] = []
        var edges: [Draft.Edge] = []
        var evidence = 0.0
        var parented: Set<Int> = []
        func node(_ words: Range<Int>, isWhole: Bool) -> Int? {
            let head = reader.head(of: words)
            let stems = words.map { EnglishReader.stem(reader.tokens[$0].word) }
            if let found = nodes.firstIndex(where: { node in
                let other = node.words.map { EnglishReader.stem(reader.tokens[$0].word) }
                return other == stems || isWhole && (node.head == head && (other.count == 1 || stems.count == 1))
                    || isWhole && (stems.count == 1 && other.first == stems[0] && !Self.partNouns.contains(stems[0]))
            }) {
                return found
            }
            guard nodes.count < Draft.mostNodes, let quote = reader.phrase(words), quote.count >= 2 else { return nil }
            nodes.append((words, quote, head))
            return nodes.count - 1
        }
        for sentence in reader.spans.indices where !reader.sentences[sentence].isQuestion {
            guard let split = split(of: sentence), split.items.count >= (nodes.isEmpty ? 2 : 1) else { continue }
            let whole = split.whole.flatMap { node($0, isWhole: true) } ?? (nodes.isEmpty ? nil : 0)
            guard let whole else { continue }
            var added = 0
            for item in split.items {
                guard let child = node(item, isWhole: false), child != whole, !parented.contains(child),
                    !isAncestor(child, of: whole, edges)
                else { continue }
                parented.insert(child)
                edges.append(.init(from: whole, to: child))
                added += 1
            }
            if added >= 2 {
                evidence += split.weight + 0.35 * Double(min(added, 4))
            } else if added == 1 {
                evidence += 0.2
            }
        }
        guard edges.count >= 2 else { return nil }
        let kept = connected(nodes.map { Draft.Node(quote: $0.quote) }, edges)
        guard kept.nodes.count >= 3 else { return nil }
        let children = Set(kept.edges.map(\.to))
        let roots = kept.nodes.indices.count { !children.contains($0) }
        evidence -= Double(roots - 1) * 1.5
        return Draft(
            kind: .tree, score: Draft.confidence(evidence - tone.penalty * 0.75, even: 1.7), nodes: kept.nodes,
            edges: kept.edges, direction: .topToBottom)
    }

    private func isAncestor(_ node: Int, of other: Int, _ edges: [Draft.Edge]) -> Bool {
        var current = other
        for _ in 0...edges.count {
            if current == node { return true }
            guard let parent = edges.first(where: { $0.to == current })?.from else { return false }
            current = parent
        }
        return true
    }

    private func connected(_ nodes: [Draft.Node], _ edges: [Draft.Edge]) -> (nodes: [Draft.Node], edges: [Draft.Edge]) {
        let touched = Set(edges.flatMap { [$0.from, $0.to] }).sorted()
        var map: [Int: Int] = [:]
        for (position, index) in touched.enumerated() { map[index] = position }
        return (
            touched.map { nodes[$0] },
            edges.compactMap { edge in
                guard let from = map[edge.from], let to = map[edge.to] else { return nil }
                return Draft.Edge(from: from, to: to)
            }
        )
    }

    private func split(of sentence: Int) -> Split? {
        let span = reader.spans[sentence]
        var best: (split: Split, at: Int)?
        for (words, weight) in Self.patterns {
            guard let found = reader.position(of: words, from: span.lowerBound), found.upperBound <= span.upperBound
            else {
                continue
            }
            guard let split = split(of: sentence, pattern: found, words: words, weight: weight) else { continue }
            if let current = best, current.split.weight >= split.weight { continue }
            best = (split, found.lowerBound)
        }
        return best?.split
    }

    private func split(of sentence: Int, pattern: Range<Int>, words: String, weight: Double) -> Split? {
        let span = reader.spans[sentence]
        let lead = EnglishReader.lead(of: reader.tokens, span.lowerBound..<pattern.lowerBound)
        var whole = lead.end < pattern.lowerBound ? reader.nounPhrase(lead.end..<pattern.lowerBound) : nil
        if let phrase = whole, reader.isPronoun(phrase) || reader.isPersonal(phrase) { whole = nil }
        whole = whole.map { member(of: $0, before: pattern.lowerBound) }
        if words == "namely",
            reader.position(of: "report", from: span.lowerBound).map({ $0.upperBound <= pattern.lowerBound }) ?? false
        {
            // `three departments report to her, namely …`: she was named in the sentence before.
            whole = sentence > 0 ? lastPhrase(of: sentence - 1) : nil
        }
        let rest = pattern.upperBound..<span.upperBound
        if words.hasPrefix("report") || words.hasPrefix("belong") {
            guard let parent = reader.nounPhrase(rest),
                let child = lead.end < pattern.lowerBound
                    ? list(in: lead.end..<pattern.lowerBound) : nil, !child.isEmpty
            else { return nil }
            if reader.tokens[parent.lowerBound].word == "her" || reader.tokens[parent.lowerBound].word == "him" {
                return nil
            }
            return Split(whole: parent, items: child, weight: child.count > 1 ? weight + 0.8 : weight)
        }
        let count = rest.prefix(4).lazy.compactMap { index -> (Int, Int)? in
            EnglishWords.numbers[reader.tokens[index].word].map { ($0, index) }
        }.first
        let listed = list(in: listRange(rest, count: count?.1))
        if let (number, position) = count {
            let noun = partNoun(after: position, before: span.upperBound)
            var bonus = noun != nil ? 1.4 : 0.0
            if listed.count == number { bonus += 0.8 }
            let root =
                whole
                ?? (words == "there are" || words.hasPrefix("you") || words == "have" || words == "are"
                    ? reader.nounPhrase((noun ?? position) + 1..<span.upperBound)
                        ?? reader.nounPhrase(position..<span.upperBound) : nil)
            if listed.count >= 2 { return Split(whole: root, items: listed, weight: weight + bonus) }
            guard noun != nil || weight >= 1 else { return nil }
            let followers = followers(after: sentence, count: number)
            guard followers.count >= 2 else { return nil }
            return Split(whole: root, items: followers, weight: weight + bonus + (followers.count == number ? 0.6 : 0))
        }
        guard weight > 0, listed.count >= 2 || weight >= 1 && !listed.isEmpty else { return nil }
        if weight < 1, listed.count < 3 { return nil }
        return Split(whole: whole, items: listed, weight: weight)
    }

    /// `the faculty of science`: science.
    private func member(of phrase: Range<Int>, before end: Int) -> Range<Int> {
        guard phrase.count == 1, Self.partNouns.contains(reader.head(of: phrase)), phrase.upperBound + 1 < end,
            reader.tokens[phrase.upperBound].word == "of", let member = reader.nounPhrase(phrase.upperBound + 1..<end),
            member.upperBound <= end
        else { return phrase }
        return member
    }

    private func lastPhrase(of sentence: Int) -> Range<Int>? {
        let span = reader.spans[sentence]
        return reader.clauses.last { $0.sentence == sentence && $0.hasVerb && !$0.object.isEmpty }
            .flatMap { reader.nounPhrase($0.object) }
            ?? (span.count > 2 ? reader.nounPhrase((span.upperBound - 2)..<span.upperBound) : nil)
    }

    private func partNoun(after position: Int, before end: Int) -> Int? {
        (position + 1..<min(end, position + 4)).first {
            Self.partNouns.contains(EnglishReader.stem(reader.tokens[$0].word))
        }
    }

    /// The listing begins after `three parts:` or `three classes,`.
    private func listRange(_ rest: Range<Int>, count: Int?) -> Range<Int> {
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
    private func list(in range: Range<Int>) -> [Range<Int>] {
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
    private func followers(after sentence: Int, count: Int) -> [Range<Int>] {
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

    private func stems(_ phrase: Range<Int>) -> [String] { phrase.map { EnglishReader.stem(reader.tokens[$0].word) } }

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
