/// Steps and causes: drafts of a flow and, where they return to the start, of a cycle.
struct JapaneseSteps: Sendable {
    let reader: JapaneseReader
    let tone: JapaneseTone

    private static let changes = [
        "になり", "になる", "になっ", "となり", "に変わ", "に変え", "に変化", "増え", "減り", "減る", "減少", "増加", "上が", "下が", "上昇", "低下",
        "生まれ", "作られ", "作り", "発生", "伸び", "落ち込", "高ま", "広が", "回り", "溶け", "燃や", "温め", "冷や", "冷え", "送られ", "運ばれ",
        "届き", "に渡", "に回", "へ渡", "引き継", "受け取", "に送", "へ送", "取り出", "出来上が", "できあが", "戻り", "集まり", "流れ", "つなが", "引き起こ",
        "もたら", "によって", "その結果",
    ]
    private static let returns: [(words: String, weight: Double)] = [
        ("サイクル", 1.4), ("循環", 1.6), ("繰り返", 1.5), ("くり返", 1.5), ("再び", 1.0), ("ふたたび", 1.0), ("最初に戻", 1.6),
        ("はじめに戻", 1.6),
        ("に戻", 0.8), ("へ戻", 0.8), ("もう一度", 0.5), ("また同じ", 0.8), ("ぐるぐる", 1.2), ("また新しい", 1.0), ("またそこから", 1.0),
        ("次の世代", 1.0), ("一周", 0.8), ("元に戻", 1.0), ("また始ま", 1.2), ("そしてまた", 0.8), ("また", 0.3),
        ("悪循環", 0.6), ("好循環", 0.6), ("堂々巡り", 1.4), ("堂々めぐり", 1.4), ("行ったり来たり", 1.0), ("延々", 0.7), ("ずっと続", 0.7),
        ("も続いている", 0.7), ("最初の", 0.4), ("振り出し", 1.2), ("輪っか", 1.0), ("の輪", 0.6), ("めぐりめぐ", 1.4), ("巡り巡", 1.4),
        ("次の年も", 0.8),
        ("翌年も", 0.8), ("始めから", 0.5), ("めぐって", 1.0), ("巡って", 0.8), ("終わりがあ", 0.5), ("終わりはあ", 0.5), ("ますます", 0.4),
        ("抜け出せ", 0.8), ("断ち切", 0.6), ("また頭から", 1.2), ("頭から始め", 1.0), ("行き来", 0.8),
        ("回り方", 0.6), ("回ってい", 0.6), ("ローテーション", 1.2), ("連鎖", 0.4),
    ]

    func drafts() -> [Draft] {
        let steps = steps()
        guard steps.count >= 2 else { return [] }
        let clauses = steps.map(\.clause)
        let sequence = sequence(of: clauses)
        let waits = min(3, Double(clauses.count { $0.ending == .whenever }))
        let actions = min(5, Double(clauses.count { acts($0) }))
        let announced = announcement
        let passive = min(3, Double(clauses.count { isPassive($0) }))
        let links = min(4, links(of: clauses))
        let changes = min(3, Double(Self.changes.count { reader.contains($0) }))
        let branches =
            clauses.count { $0.ending == .condition } >= 2
            || clauses.contains { $0.ending == .condition } && clauses.contains { $0.cues.contains(.otherwise) }
        let causes = causes(of: clauses)
        var evidence =
            sequence * 0.9 + waits * 0.5 + actions * 0.4 + passive * 0.35 + links * 0.7 + changes * 0.4 + causes * 0.6
        evidence += appeal(of: clauses, isOrdered: sequence >= 2 || announced > 0 || links >= 2 || branches)
        if branches { evidence += 1.8 }
        // A chain of causes is told in the past as often as in the present.
        evidence += announced - tone.penalty + (causes >= 2 ? tone.past * 1.6 : 0)
        let loops = returnEvidence(steps)
        var drafts = [flow(of: steps, evidence: evidence - min(2, loops) * 0.6 + (steps.count >= 3 ? 0.3 : -0.8))]
        if loops > 0.8, steps.count >= 3 {
            drafts.insert(ring(of: steps, evidence: evidence * 0.9 + loops * 1.4), at: 0)
        }
        return drafts
    }

    /// Words of order. `まず` alone opens greetings and appeals as well.
    private func sequence(of clauses: [JapaneseClause]) -> Double {
        let ordered = clauses.filter { !$0.cues.isDisjoint(with: [.first, .next, .last]) }
        if ordered.count == 1, ordered[0].cues.contains(.first) { return 0.4 }
        return min(4, Double(ordered.count))
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
        // `まずは、お越しくださいまして、ありがとうございます`: courtesy is no step.
        let whole = reader.string(reader.sentences[clause.sentence].range)
        if ["ありがとう", "よろしくお願い", "おめでとう", "申し訳", "でございます"].contains(where: whole.contains) { return true }
        let said = reader.string(clause.core)
        return [
            "説明します", "紹介します", "お話しします", "話します", "次のとおり", "以下のとおり", "次の通り", "見てみましょう", "見ていきましょう",
            "ご紹介", "以上です", "解説します", "考えてみましょう", "確認しましょう", "繰り返",
        ].contains { said.contains($0) } || ["方です", "流れです", "手順です"].contains { said.hasSuffix($0) }
    }

    /// `…の作り方`, `流れ`: the speaker announces steps.
    private var announcement: Double {
        let words = [
            "り方", "れ方", "使い方", "扱い方", "洗い方", "習い方", "き方", "し方", "手順", "順番どおり", "流れ", "仕組み", "方法", "工程", "しくみ", "手続き",
            "段取り", "順序", "運び",
        ]
        let questions = [
            "どうやって", "どうなる", "なぜ", "なんで", "理由", "何が起き", "原因", "もとをたど", "になるまで", "できるまで", "届くまで", "こうして起", "こうやって",
            "こうなる", "どう選", "どう作", "どう動", "どう決", "どのように", "までの話",
        ]
        return words.contains { reader.contains($0) } || questions.contains { reader.contains($0) } ? 0.6 : 0
    }

    /// Requests are steps where something else says that there is an order, and advice everywhere else.
    private func appeal(of clauses: [JapaneseClause], isOrdered: Bool) -> Double {
        let requests = clauses.count { reader.string($0.core).hasSuffix("ください") }
        if isOrdered { return Double(min(4, requests)) * 0.6 }
        let calls = clauses.count { clause in
            let said = reader.string(clause.core)
            return ["ほうがいい", "ましょう", "ましょうね", "ていこう", "大切です", "ますように"].contains { said.hasSuffix($0) }
                || ["ないように", "ないでください", "くださいね"].contains { said.contains($0) }
        }
        let denied = clauses.count { clause in
            let said = reader.string(clause.core)
            return ["ません", "ないんです", "ありませんでした", "ませんでした"].contains { said.hasSuffix($0) }
        }
        return -Double(min(4, requests + calls)) * 0.4 - Double(min(3, denied)) * 0.4
    }

    private static let causal = [
        "もんだから", "ものだから", "せいで", "おかげで", "そうすると", "そうなると", "その結果", "結果として",
        "につなが", "原因", "もとをたど", "大もと", "引き起こ", "とうとう", "しまいには", "を受けて", "次第", "時点で", "わけです", "ようになる", "ことになり",
    ]

    /// How many ways the speaker says that one thing leads to the next.
    private func causes(of clauses: [JapaneseClause]) -> Double {
        let consequences = clauses.count { clause in
            let said = reader.string(clause.whole)
            return clause.cues.contains(.next) && (said.hasPrefix("それで") || said.hasPrefix("すると"))
        }
        return min(4, Double(Self.causal.count { reader.contains($0) } + consequences))
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
        // `気温が上がると、層ができる`: one thing happens and then another.
        for (before, clause) in zip(clauses, clauses.dropFirst()) where before.ending == .whenever {
            if reader.contains("が", in: before.core), reader.contains("が", in: clause.core), !hasEnded(clause) {
                links += 0.4
            }
        }
        for (before, clause) in zip(clauses, clauses.dropFirst()) {
            guard let lead = clause.lead else { continue }
            let name = reader.string(lead)
            if ["これ", "それ", "ここ", "そこ"].contains(where: name.hasPrefix) {
                links += 0.5
            } else if name.count >= 2 || JapaneseScript.isKanji(name.first ?? "の") {
                let said = reader.string(before.core)
                let isSameTopic = before.lead.map { reader.string($0) == name } ?? false
                if !isSameTopic, said.contains(name) || sharesNoun(lead, with: before) { links += 1 }
                // `輸送代がふくらみます。輸送代がふくらめば`
                if !isSameTopic || clause.ending == .whenever,
                    Self.sharesRun(said, reader.string(clause.core), length: 5)
                {
                    links += 0.5
                }
            }
        }
        return links
    }

    private func hasEnded(_ clause: JapaneseClause) -> Bool { reader.string(clause.core).hasSuffix("た") }

    /// `温められた水` takes up `水`.
    private func sharesNoun(_ lead: Range<Int>, with clause: JapaneseClause) -> Bool {
        let said = Set(JapaneseScript.nouns(in: reader.text, clause.core).map(reader.string))
        let taken = JapaneseScript.nouns(in: reader.text, lead).map(reader.string)
        return taken.last.map(said.contains) ?? false || taken.contains { $0.count >= 2 && said.contains($0) }
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
            kind: .flow, score: Draft.confidence(evidence, even: 2.2 + 0.1 * Double(min(4, max(0, steps.count - 5)))),
            nodes: nodes, edges: edges, direction: direction)
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
        return Draft(kind: .cycle, score: Draft.confidence(evidence - tone.past, even: 2.6), nodes: nodes, edges: edges)
    }

    private func isReturn(_ clause: JapaneseClause) -> Bool {
        Self.returns.contains { $0.weight >= 0.5 && reader.contains($0.words, in: clause.whole) }
    }

    /// Words that say the series returns, and what was said at the start said again at the end.
    private func returnEvidence(_ steps: [Step]) -> Double {
        var evidence = Self.returns.reduce(0.0) { $0 + (reader.contains($1.words) ? $1.weight : 0) }
        if !goesBack, ["に戻", "へ戻"].contains(where: { reader.contains($0) }) { evidence -= 0.7 }
        if let first = steps.first, steps.count >= 4 {
            let started = Set(JapaneseScript.nouns(in: reader.text, first.clause.core).map(reader.string))
            let ended = Set(
                steps.suffix(2).flatMap { JapaneseScript.nouns(in: reader.text, $0.clause.core) }.map(reader.string))
            if !started.isDisjoint(with: ended) { evidence += evidence > 0 ? 0.8 : 0.3 }
        }
        return min(3, evidence + (restated(steps)?.weight ?? 0))
    }

    /// Whether `…に戻る` names a place where the series has been.
    private var goesBack: Bool {
        reader.sentences.contains { sentence in
            ["に戻", "へ戻", "のところに戻"].contains { words in
                guard let found = reader.position(of: words, in: sentence.range),
                    let place = JapaneseScript.nouns(in: reader.text, sentence.range.lowerBound..<found.lowerBound)
                        .last,
                    place.upperBound == found.lowerBound
                else { return false }
                let name = reader.string(place)
                return reader.count(of: name) >= 2 || ["最初", "元", "始め", "前", "頭"].contains(name)
            }
        }
    }

    private static let again = ["また", "再び", "次の", "同じ", "さらに", "もっと", "最初の", "ふたたび", "元の", "もう一度", "新しい"]

    /// The late step that takes up an early one with `また`, `次の` or in the same words.
    private func restated(_ steps: [Step]) -> (early: Int, late: Int, weight: Double)? {
        guard steps.count >= 4 else { return nil }
        var best: (early: Int, late: Int, weight: Double)?
        for early in 0..<min(4, steps.count / 2) {
            let start = reader.string(steps[early].clause.core)
            let nouns = JapaneseScript.nouns(in: reader.text, steps[early].clause.core).map(reader.string)
            for late in max(early + 3, steps.count - 4)..<max(early + 3, steps.count) {
                let clause = steps[late].clause
                let said = reader.string(clause.whole)
                let isLater = ["次の日", "次の朝", "次の週", "次の月"].contains { said.contains($0) }
                let comesBack = Self.again.contains { said.contains($0) && !(isLater && $0 == "次の") }
                // `その酸素を魚が吸って、またふんをする`: the word stands with either clause.
                let told = reader.string(reader.sentences[clause.sentence].range)
                let returns =
                    !isLater && ["次の", "最初の", "もう一度", "元の"].contains { said.contains($0) }
                    || ["また", "再び", "ふたたび", "もっと"].contains { told.contains($0) }
                var weight = 0.0
                if Self.sharesRun(start, said, length: comesBack ? 4 : 5) {
                    weight = comesBack ? 1.6 : 0.4
                } else if returns, nouns.contains(where: { said.contains($0) }) {
                    weight = 0.9
                }
                if weight > (best?.weight ?? 0) { best = (early, late, weight) }
            }
        }
        return best
    }

    /// Whether both hold the same `length` characters in a row.
    private static func sharesRun(_ one: String, _ other: String, length: Int) -> Bool {
        let characters = Array(one)
        guard characters.count >= length else { return false }
        return (0...(characters.count - length)).contains { start in
            let run = characters[start..<(start + length)]
            return run.count(where: JapaneseScript.isNounCharacter) >= 2 && other.contains(String(run))
        }
    }
}
