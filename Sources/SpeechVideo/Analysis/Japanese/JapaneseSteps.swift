/// Steps and causes: drafts of a flow and, where they return to the start, of a cycle.
struct JapaneseSteps: Sendable {
    let reader: JapaneseReader
    let tone: JapaneseTone

    private static let changes = [
        "になり", "になる", "になっ", "となり", "に変わ", "に変え", "に変化", "増え", "減り", "減る", "減少", "増加", "上が", "下が", "上昇", "低下",
        "生まれ", "作られ", "作り", "発生", "伸び", "落ち込", "高ま", "広が", "回り", "溶け", "燃や", "温め", "冷や", "冷え", "送られ", "運ばれ",
        "届き", "戻り", "集まり", "流れ", "つなが", "引き起こ", "もたら", "によって", "その結果",
    ]
    private static let returns: [(words: String, weight: Double)] = [
        ("サイクル", 1.4), ("循環", 1.6), ("繰り返", 1.5), ("くり返", 1.5), ("再び", 1.0), ("ふたたび", 1.0), ("最初に戻", 1.6),
        ("はじめに戻", 1.6),
        ("に戻", 0.8), ("へ戻", 0.8), ("もう一度", 0.5), ("また同じ", 0.8), ("ぐるぐる", 1.2), ("また新しい", 1.0), ("またそこから", 1.0),
        ("次の世代", 1.0), ("一周", 0.8), ("元に戻", 1.0), ("また始ま", 1.2), ("そしてまた", 0.8), ("また", 0.3),
    ]

    func drafts() -> [Draft] {
        let steps = steps()
        guard steps.count >= 2 else { return [] }
        let clauses = steps.map(\.clause)
        let sequence = min(4, Double(clauses.count { !$0.cues.isDisjoint(with: [.first, .next, .last]) }))
        let waits = min(3, Double(clauses.count { $0.ending == .whenever }))
        let actions = min(5, Double(clauses.count { acts($0) }))
        let requests = min(4, Double(clauses.count { reader.string($0.core).hasSuffix("ください") }))
        let passive = min(3, Double(clauses.count { isPassive($0) }))
        let links = min(4, links(of: clauses))
        let changes = min(3, Double(Self.changes.count { reader.contains($0) }))
        let branches =
            clauses.count { $0.ending == .condition } >= 2
            || clauses.contains { $0.ending == .condition } && clauses.contains { $0.cues.contains(.otherwise) }
        var evidence =
            sequence * 0.9 + waits * 0.5 + actions * 0.4 + requests * 0.6 + passive * 0.35 + links * 0.7
            + changes * 0.4
        if branches { evidence += 1.8 }
        evidence += announcement - tone.penalty
        let loops = returnEvidence(steps)
        var drafts = [flow(of: steps, evidence: evidence - min(2, loops) * 0.6 + (steps.count >= 3 ? 0.3 : -0.8))]
        if loops > 0.5, steps.count >= 3 {
            drafts.insert(ring(of: steps, evidence: evidence * 0.9 + loops * 1.4), at: 0)
        }
        return drafts
    }

    private struct Step {
        var clause: JapaneseClause
        var quote: Range<Int>
    }

    /// The clauses that say what happens, in order.
    private func steps() -> [Step] {
        reader.clauses.compactMap { clause in
            guard !reader.sentences[clause.sentence].isQuestion, !isFraming(clause), clause.core.count >= 3,
                let quote = reader.label(clause.core), quote.count >= 3
            else { return nil }
            return Step(clause: clause, quote: quote)
        }
    }

    /// `…を説明します`, `流れは次のとおりです`: talk about the talk.
    private func isFraming(_ clause: JapaneseClause) -> Bool {
        let said = reader.string(clause.core)
        return [
            "説明します", "紹介します", "お話しします", "話します", "次のとおり", "以下のとおり", "次の通り", "見てみましょう", "見ていきましょう",
            "ご紹介", "以上です", "解説します", "考えてみましょう", "確認しましょう", "繰り返",
        ].contains { said.contains($0) } || ["方です", "流れです", "手順です"].contains { said.hasSuffix($0) }
    }

    /// `…の作り方`, `流れ`: the speaker announces steps.
    private var announcement: Double {
        let words = ["り方", "れ方", "い方", "き方", "し方", "手順", "流れ", "仕組み", "方法", "工程", "しくみ"]
        return words.contains { reader.contains($0) } ? 0.6 : 0
    }

    private func acts(_ clause: JapaneseClause) -> Bool {
        reader.contains("を", in: clause.core) && !reader.string(clause.core).hasSuffix("た")
    }

    private func isPassive(_ clause: JapaneseClause) -> Bool {
        let said = reader.string(clause.core)
        return ["され", "れます", "られ"].contains { said.contains($0) } && !said.hasSuffix("た")
    }

    /// How often a clause takes up what an earlier one named.
    private func links(of clauses: [JapaneseClause]) -> Double {
        var links = 0.0
        for (before, clause) in zip(clauses, clauses.dropFirst()) {
            guard let lead = clause.lead else { continue }
            let name = reader.string(lead)
            if ["これ", "それ", "ここ", "そこ"].contains(where: name.hasPrefix) {
                links += 0.5
            } else if name.count >= 2 || JapaneseScript.isKanji(name.first ?? "の") {
                let said = reader.string(before.core)
                let isSameTopic = before.lead.map { reader.string($0) == name } ?? false
                if !isSameTopic, said.contains(name) || sharesNoun(lead, with: before) { links += 1 }
            }
        }
        return links
    }

    /// `温められた水` takes up `水`.
    private func sharesNoun(_ lead: Range<Int>, with clause: JapaneseClause) -> Bool {
        guard let last = JapaneseScript.nouns(in: reader.text, lead).last else { return false }
        let name = reader.string(last)
        return JapaneseScript.nouns(in: reader.text, clause.core).contains { reader.string($0) == name }
    }

    private func flow(of steps: [Step], evidence: Double) -> Draft {
        var nodes: [Draft.Node] = []
        var edges: [Draft.Edge] = []
        var open: [Int] = []
        var fork: Int?
        var label: Range<Int>?
        for (position, step) in steps.enumerated() {
            guard nodes.count < Draft.mostNodes else { break }
            if step.clause.ending == .condition, position + 1 < steps.count, !nodes.isEmpty {
                // The condition stands on the arrow to what follows.
                label = step.quote
                fork = fork ?? open.last
                continue
            }
            let index = nodes.count
            nodes.append(.init(quote: step.quote))
            if let condition = label, let from = fork {
                edges.append(.init(from: from, to: index, label: condition))
                open = open.contains(from) ? [index] : open + [index]
                label = nil
                continue
            }
            if fork != nil, step.clause.cues.isEmpty, let last = open.last, isSameSentence(position, steps) {
                edges.append(.init(from: last, to: index))
                open[open.count - 1] = index
                continue
            }
            for from in open { edges.append(.init(from: from, to: index)) }
            fork = nil
            open = [index]
        }
        let direction: Scene.Direction =
            nodes.count > 5 || edges.contains { $0.label != nil } ? .topToBottom : .leftToRight
        return Draft(
            kind: .flow, score: Draft.confidence(evidence, even: 2.2), nodes: nodes, edges: edges, direction: direction)
    }

    private func isSameSentence(_ position: Int, _ steps: [Step]) -> Bool {
        position > 0 && steps[position].clause.sentence == steps[position - 1].clause.sentence
    }

    private func ring(of steps: [Step], evidence: Double) -> Draft {
        var ring = steps
        if let last = ring.last, ring.count > 3, isReturn(last.clause) { ring.removeLast() }
        let nodes = ring.prefix(Draft.mostNodes).map { Draft.Node(quote: $0.quote) }
        var edges = nodes.indices.dropLast().map { Draft.Edge(from: $0, to: $0 + 1) }
        edges.append(.init(from: nodes.count - 1, to: 0))
        return Draft(kind: .cycle, score: Draft.confidence(evidence, even: 2.4), nodes: nodes, edges: edges)
    }

    private func isReturn(_ clause: JapaneseClause) -> Bool {
        Self.returns.contains { $0.weight >= 0.5 && reader.contains($0.words, in: clause.whole) }
    }

    /// Words that say the series returns, and the first thing named again at the end.
    private func returnEvidence(_ steps: [Step]) -> Double {
        var evidence = Self.returns.reduce(0.0) { $0 + (reader.contains($1.words) ? $1.weight : 0) }
        if let first = steps.first, steps.count >= 4 {
            let started = Set(JapaneseScript.nouns(in: reader.text, first.clause.core).map(reader.string))
            let ended = Set(
                steps.suffix(2).flatMap { JapaneseScript.nouns(in: reader.text, $0.clause.core) }.map(reader.string))
            if !started.isDisjoint(with: ended) { evidence += evidence > 0 ? 0.8 : 0.3 }
        }
        return min(3, evidence)
    }
}
