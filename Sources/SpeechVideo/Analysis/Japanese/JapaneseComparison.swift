/// Two things beside each other.
struct JapaneseComparison: Sendable {
    let reader: JapaneseReader
    let tone: JapaneseTone

    private static let strong = [
        "一方", "それに対し", "これに対し", "のに対し", "それに比べ", "これに比べ", "の違い", "を比べ", "を比較", "反対に", "逆に", "対照的",
        "に比べ", "どちらが", "違って", "どっちが", "ところが", "違うの", "逆で",
    ]
    private static let weak = [
        "ほうが", "方が", "よりも", "ですが", "ますが", "より", "ものの", "反面", "けれど", "けど", "その代わり", "同じく", "どちらも",
    ]

    func draft() -> Draft? {
        let subjects = JapaneseSubjects(reader: reader)
        let found = sides()
        var best: Draft?
        for pair in [found.flatMap { subjects.pair(named: $0) }, subjects.pair()].compactMap({ $0 }) {
            guard let draft = draft(of: pair, isNamed: pair.names == found) else { continue }
            if best.map({ $0.score < draft.score }) ?? true { best = draft }
        }
        return best
    }

    private func draft(of pair: JapaneseSubjects.Pair, isNamed: Bool) -> Draft? {
        let isParallel = pair.turns >= 2 && JapaneseSubjects(reader: reader).openSentences(pair)
        let areKin = JapaneseSubjects(reader: reader).areKin(pair)
        guard
            isNamed || isParallel || areKin || pair.turns >= 3
                || (pair.isAnnounced || pair.areChoices) && pair.turns >= 1,
            let groups = groups(pair.names)
        else {
            return nil
        }
        let points = points(of: pair)
        guard !points[0].isEmpty, !points[1].isEmpty else { return nil }
        if !isNamed, areKin, !isParallel, pair.turns < 3, points.contains(where: { $0.count < 2 }) { return nil }
        var nodes: [Draft.Node] = []
        var edges: [Draft.Edge] = []
        for side in 0...1 {
            let head = nodes.count
            nodes.append(.init(quote: groups[side]))
            for point in points[side] {
                edges.append(.init(from: head, to: nodes.count))
                nodes.append(.init(quote: point, group: head))
            }
        }
        return Draft(
            kind: .comparison, score: Draft.confidence(evidence(for: pair, points), even: 2.1), nodes: nodes,
            edges: edges, direction: .topToBottom)
    }

    private func evidence(for pair: JapaneseSubjects.Pair, _ points: [[Range<Int>]]) -> Double {
        var evidence = min(2.6, Double(Self.strong.count { reader.contains($0) }) * 1.3)
        evidence += min(1.2, Double(Self.weak.count { reader.contains($0) }) * 0.45)
        evidence += Double(min(points[0].count, points[1].count, 3)) * 0.5
        evidence += [0, 0, 0.6, 1.2, 1.6][min(4, pair.turns)]
        if pair.isAnnounced { evidence += 0.8 }
        if pair.areChoices { evidence += 1.1 }
        if JapaneseSubjects(reader: reader).areKin(pair), points.allSatisfy({ $0.count >= 2 }) { evidence += 1.5 }
        // One turn and one word about either is what any contrast has.
        if pair.turns <= 1, !pair.isAnnounced, !pair.areChoices, !JapaneseSubjects(reader: reader).areKin(pair) {
            if points.contains(where: { $0.count < 2 }) { evidence -= 0.6 }
            if !sharesAspect(points) { evidence -= 0.7 }
        }
        if JapaneseSubjects(reader: reader).openSentences(pair), points.allSatisfy({ $0.count >= 2 }) {
            evidence += 0.5
        }
        let turned = reader.clauses.filter { clause in
            clause.ending == .contrast && pair.mentions.contains { clause.core.contains($0.name.lowerBound) }
        }
        if turned.count >= 2 { evidence += 0.5 }
        // Who sets two things beside each other again and again may well say what they feel about them.
        return evidence - tone.penalty * (pair.turns >= 3 || pair.isAnnounced || pair.areChoices ? 0.6 : 1)
    }

    /// Whether something is said of both: `雪が降る`, `雪は降らない`.
    private func sharesAspect(_ points: [[Range<Int>]]) -> Bool {
        let said = points.map { side in
            Set(side.flatMap { JapaneseScript.nouns(in: reader.text, $0) }.map(reader.string))
        }
        return !said[0].isDisjoint(with: said[1])
    }

    /// What is said about each side, up to where the other is named.
    private func points(of pair: JapaneseSubjects.Pair) -> [[Range<Int>]] {
        var points: [[Range<Int>]] = [[], []]
        for (position, mention) in pair.mentions.enumerated() {
            let next = position + 1 < pair.mentions.count ? pair.mentions[position + 1] : nil
            for clause in reader.clauses where clause.core.upperBound > mention.rest {
                guard clause.sentence >= mention.sentence, clause.sentence <= mention.sentence + 1 else { continue }
                if reader.sentences[clause.sentence].isQuestion { continue }
                if clause.sentence > mention.sentence, opensAnother(clause, pair.names) { break }
                let end = min(clause.core.upperBound, next?.name.lowerBound ?? clause.core.upperBound)
                let start = max(clause.core.lowerBound, mention.rest)
                guard end > start else { break }
                add(start..<end, to: &points[mention.side])
            }
        }
        return points
    }

    private func opensAnother(_ clause: JapaneseClause, _ names: [String]) -> Bool {
        guard let topic = clause.topic else { return false }
        let said = reader.string(topic)
        return said.count <= 8 && !names.contains { said.contains($0) } && !clause.cues.contains(.join)
    }

    private func add(_ range: Range<Int>, to points: inout [Range<Int>]) {
        let said = reader.string(range)
        guard !["違い", "比べ", "比較"].contains(where: said.contains), let quote = reader.label(range), quote.count >= 2,
            points.count < 5, !points.contains(where: { $0.overlaps(quote) })
        else { return }
        points.append(quote)
    }

    private func groups(_ sides: [String]) -> [Range<Int>]? {
        var groups: [Range<Int>] = []
        for side in sides {
            guard let found = reader.sentences.lazy.compactMap({ reader.position(of: side, in: $0.range) }).first,
                let quote = reader.label(found)
            else { return nil }
            groups.append(quote)
        }
        return groups
    }

    private func sides() -> [String]? {
        for find in [explicitSides, contrastedSides, parallelSides] {
            if let pair = find(), pair[0] != pair[1], !pair[0].isEmpty, !pair[1].isEmpty,
                !pair[0].contains(pair[1]), !pair[1].contains(pair[0])
            {
                return pair
            }
        }
        return nil
    }

    /// `AとBの違い`, `AとBを比べる`.
    private func explicitSides() -> [String]? {
        for sentence in reader.sentences {
            for marker in ["の違い", "を比べ", "を比較", "を見比べ", "では、どちら", "はどう違", "のどちら", "の比較"] {
                guard let found = reader.position(of: marker, in: sentence.range) else { continue }
                let front = reader.string(sentence.range.lowerBound..<found.lowerBound)
                let phrase = front.split(whereSeparator: { "、，「」".contains($0) }).last.map(String.init) ?? front
                let parts = phrase.split(separator: "と").map(String.init)
                guard parts.count == 2, parts.allSatisfy({ (1...14).contains($0.count) }) else { continue }
                return [parts[0].droppingDemonstrative, parts[1]]
            }
        }
        return nil
    }

    /// The topics on both sides of `一方` or `…ですが`.
    private func contrastedSides() -> [String]? {
        var before: (name: String, ending: JapaneseClause.Ending)?
        for clause in reader.clauses {
            guard let topic = clause.topic, topic.count <= 14, topic.upperBound <= clause.core.upperBound else {
                if clause.ending == .contrast, let known = before { before = (known.name, .contrast) }
                continue
            }
            let name = reader.string(topic).droppingDemonstrative
            if JapaneseSubjects.pronouns.contains(name) { continue }
            if let before, before.name != name, clause.cues.contains(.contrast) || before.ending == .contrast {
                return [before.name, name]
            }
            before = (name, clause.ending)
        }
        return nil
    }

    /// The two things most clauses are about.
    private func parallelSides() -> [String]? {
        var counts: [(name: String, count: Int)] = []
        for clause in reader.clauses {
            guard let topic = clause.topic, topic.count <= 14 else { continue }
            let name = reader.string(topic).droppingDemonstrative
            if let found = counts.firstIndex(where: { $0.name == name }) {
                counts[found].count += 1
            } else {
                counts.append((name, 1))
            }
        }
        let pair = counts.filter { $0.count >= 2 }
        return pair.count == 2 ? pair.map(\.name) : nil
    }
}

extension String {
    fileprivate var droppingDemonstrative: String {
        for word in ["この", "その", "今日は", "今回は"] where hasPrefix(word) { return String(dropFirst(word.count)) }
        return self
    }
}
