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
        ("structured into", 2.0), ("has", 0.6), ("have", 0.4), ("there are", 0.6), ("there's", 0.6),
        ("you've got", 0.3), ("it's got", 0.6),
        ("reports to", 1.2),
        ("report to", 1.2),
        ("belong to", 0.8), ("belongs to", 0.8), ("distinguish", 0.8), ("covers", 0.6), ("houses", 0.5),
        ("oversees", 1.2),
        ("supervises", 1.0), ("holds", 0.3), ("you get", 0.2), ("you find", 0.2), ("you have", 0.3), ("are", 0.0),
        ("is", 0.0),
    ]

    static let partNouns: Set<String> = [
        "part", "kind", "type", "section", "layer", "branch", "category", "group", "component", "department", "team",
        "module", "class", "division", "element", "piece", "unit", "family", "chamber", "level", "area", "field",
        "subgroup",
        "region", "organ", "ingredient", "pillar", "member", "form", "variety", "service", "floor", "chapter", "act",
        "subfield",
        "discipline", "tier", "cluster", "order", "genus", "species", "set", "faculty", "stream", "body", "half",
        "sector", "subsystem",
        "chunk", "sort", "flavour", "flavor", "bunch", "side", "desk", "room", "strand", "bucket", "camp", "block",
        "wing", "arm", "portion", "phylum", "column", "subject", "package",
    ]

    /// A whole and some of its parts, and how sure that is.
    struct Split {
        var whole: Range<Int>?
        var items: [Range<Int>]
        var weight: Double
        var isReversed = false
    }

    /// The draft, and whether so many things are divided that nothing else is meant.
    func finding() -> (draft: Draft, isClear: Bool)? {
        var divisions = 0
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
                    || isWhole
                        && (stems.count == 1 && !Self.partNouns.contains(stems[0])
                            && (other.first == stems[0] || other.count > 2 && other.last == stems[0]))
            }) {
                return found
            }
            guard nodes.count < Draft.mostNodes, let quote = reader.phrase(words), quote.count >= 2 else { return nil }
            nodes.append((words, quote, head))
            return nodes.count - 1
        }
        var latest: Int?
        func add(_ split: Split) {
            guard split.items.count >= (nodes.isEmpty ? 2 : 1) else { return }
            let whole = split.whole.flatMap { node($0, isWhole: true) } ?? (nodes.isEmpty ? nil : 0)
            guard let whole else { return }
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
                divisions += 1
                evidence += split.weight + 0.35 * Double(min(added, 4))
            } else if added == 1 {
                evidence += 0.2
            }
            latest = edges.last?.to
        }
        let series = series()
        for sentence in reader.spans.indices where !reader.sentences[sentence].isQuestion {
            for split in series where split.items.first.map({ reader.spans[sentence].contains($0.lowerBound) }) ?? false
            {
                add(split)
            }
            if let summit = summit(of: sentence), let top = node(summit, isWhole: true) {
                latest = top
                evidence += 0.5
            }
            if let split = split(of: sentence), split.items.count >= 2 || split.weight >= 1 {
                add(split)
                continue
            }
            for clause in reader.clauses where clause.sentence == sentence {
                let split = topicSplit(
                    of: clause, isKnown: { isKnown($0, among: nodes.map(\.words)) },
                    last: latest.map { nodes[$0].words })
                if let split { add(split) }
            }
        }
        guard edges.count >= 2 else { return nil }
        let kept = connected(nodes.map { Draft.Node(quote: $0.quote) }, edges)
        guard kept.nodes.count >= 3 else { return nil }
        let children = Set(kept.edges.map(\.to))
        let roots = kept.nodes.indices.count { !children.contains($0) }
        evidence -= Double(roots - 1) * 1.5
        let draft = Draft(
            kind: .tree, score: Draft.confidence(evidence - tone.penalty * (divisions >= 3 ? 0.4 : 0.75), even: 1.7),
            nodes: kept.nodes, edges: kept.edges, direction: .topToBottom)
        return (draft, divisions >= 3 || divisions == 2 && roots == 1)
    }

    private func isKnown(_ phrase: Range<Int>, among nodes: [Range<Int>]) -> Bool {
        let said = Set(stems(phrase)).subtracting(Self.partNouns)
        return !said.isEmpty && nodes.contains { !said.isDisjoint(with: stems($0)) }
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
        if let phrase = whole, reader.isPronoun(phrase) || reader.isPersonal(phrase) {
            let isNamed = ["she", "he"].contains(reader.tokens[phrase.lowerBound].word) && weight >= 0.6
            whole = isNamed || reader.isPronoun(phrase) && weight >= 1 ? antecedent(of: sentence) : nil
        }
        whole = whole.map { member(of: $0, before: pattern.lowerBound) }
        if words == "namely",
            reader.position(of: "report", from: span.lowerBound).map({ $0.upperBound <= pattern.lowerBound }) ?? false
        {
            // `three departments report to her, namely …`: she was named in the sentence before.
            whole = sentence > 0 ? lastPhrase(of: sentence - 1) : nil
        }
        let rest = pattern.upperBound..<span.upperBound
        if words.hasPrefix("report") || words.hasPrefix("belong") {
            guard let parent = reader.nounPhrase(rest) else { return nil }
            let isCounted = (lead.end..<pattern.lowerBound).contains {
                EnglishWords.numbers[reader.tokens[$0].word] != nil
            }
            let named = isCounted ? EnglishEnumeration(reader, in: parent.upperBound..<span.upperBound).items : []
            if named.count >= 2 {
                let isBack =
                    reader.isPronoun(parent) || reader.isPersonal(parent)
                    || ["her", "him", "me", "us"].contains(
                        reader.tokens[parent.lowerBound].word)
                return Split(whole: isBack ? nil : parent, items: named, weight: weight + 1.2)
            }
            guard
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
                .flatMap { reader.isPronoun($0) ? antecedent(of: sentence) : $0 }
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
}
