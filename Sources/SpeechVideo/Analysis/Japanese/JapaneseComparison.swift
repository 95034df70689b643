/// Two things beside each other.
struct JapaneseComparison: Sendable {
    let reader: JapaneseReader
    let tone: JapaneseTone

    private static let strong = [
        "一方", "それに対し", "これに対し", "のに対し", "それに比べ", "これに比べ", "の違い", "を比べ", "を比較", "反対に", "逆に", "対照的",
        "に比べ", "どちらが", "違って",
    ]
    private static let weak = ["ほうが", "方が", "よりも", "ですが", "ますが", "より", "ものの", "反面", "けれど"]

    func draft() -> Draft? {
        guard let sides = sides(), let groups = groups(sides) else { return nil }
        var points: [[Range<Int>]] = [[], []]
        var current: Int?
        var order: [Int] = []
        for clause in reader.clauses where !reader.sentences[clause.sentence].isQuestion {
            if let mentioned = mentioned(in: clause, sides) {
                current = mentioned
                order.append(mentioned)
            } else if let topic = clause.topic, clause.cues.contains(.contrast), reader.string(topic).count > 8 {
                current = nil
            }
            guard let current, let quote = point(of: clause), points[current].count < 5,
                !points[current].contains(where: { $0.overlaps(quote) })
            else { continue }
            points[current].append(quote)
        }
        guard !points[0].isEmpty, !points[1].isEmpty else { return nil }
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
        var evidence = min(2.6, Double(Self.strong.count { reader.contains($0) }) * 1.3)
        evidence += min(1.2, Double(Self.weak.count { reader.contains($0) }) * 0.45)
        evidence += Double(min(points[0].count, points[1].count, 3)) * 0.5
        if reader.clauses.count(where: { $0.ending == .contrast && mentioned(in: $0, sides) != nil }) >= 2 {
            evidence += 0.5
        }
        let turns = zip(order, order.dropFirst()).count { $0 != $1 }
        if turns >= 2 { evidence += turns >= 3 ? 1.0 : 0.6 }
        return Draft(
            kind: .comparison, score: Draft.confidence(evidence - tone.penalty, even: 2.1), nodes: nodes, edges: edges,
            direction: .topToBottom)
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

    /// The side that a clause is about: its topic, or `…のほうが`.
    private func mentioned(in clause: JapaneseClause, _ sides: [String]) -> Int? {
        if let topic = clause.topic {
            let name = reader.string(topic)
            if let side = sides.firstIndex(where: { name == $0 }) { return side }
            if let side = sides.firstIndex(where: { name.contains($0) }) { return side }
        }
        let said = reader.string(clause.core)
        return sides.firstIndex { side in
            said.hasPrefix(side) || ["のほうが", "の方が", "は", "では"].contains { said.contains(side + $0) }
        }
    }

    private func point(of clause: JapaneseClause) -> Range<Int>? {
        let said = reader.string(clause.core)
        if ["違い", "比べ", "比較"].contains(where: said.contains) { return nil }
        guard let quote = reader.label(clause.predicate), quote.count >= 2 else { return nil }
        return quote
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
