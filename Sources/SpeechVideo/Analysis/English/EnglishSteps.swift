/// Steps and causes: drafts of a flow and, where they return to the start, of a cycle.
struct EnglishSteps: Sendable {
    let reader: EnglishReader
    let tone: EnglishTone

    func drafts() -> [Draft] {
        let chain = EnglishChain(reader)
        let steps = steps()
        let sequence = min(4, Double(steps.count { !$0.clause.cues.isDisjoint(with: [.first, .next, .last]) }))
        let waits = min(2, Double(steps.count { $0.clause.conditionCue == .whenever }))
        let imperative = min(4, Double(steps.count { isInstruction($0.clause) }))
        let passive = min(3, Double(steps.count { $0.clause.isPassive && $0.clause.tense == .present }))
        let branches = steps.contains { $0.clause.conditionCue == .condition }
            && (steps.contains { $0.clause.conditionCue == .otherwise || $0.clause.cues.contains(.otherwise) }
                || steps.count { $0.clause.conditionCue == .condition } > 1)
        let links = min(4, Double(chain.links))
        let changes = min(3, Double(chain.changes))
        var evidence = sequence * 0.9 + waits * 0.4 + imperative * 0.6 + passive * 0.35 + links * 0.75 + changes * 0.5
        if branches { evidence += 1.4 }
        evidence -= tone.penalty
        let loops = returnEvidence()
        var drafts: [Draft] = []
        let prefersChain = chain.links >= 2 && Double(chain.links) > sequence + imperative && !branches
        if chain.edges.count >= 2, chain.nodes.count >= 3, prefersChain || steps.count < 3 {
            let closes = chain.closes || loops > 0
            drafts.append(
                Draft(
                    kind: .flow, score: Draft.confidence(evidence, even: 2.2), nodes: chain.nodes.map(\.draft),
                    edges: chain.edges, direction: .leftToRight))
            if closes {
                drafts.append(
                    Draft(
                        kind: .cycle,
                        score: Draft.confidence(evidence * 0.8 + loops * 1.4 + (chain.closes ? 1.2 : 0) - tone.penalty * 0.3, even: 2.4),
                        nodes: chain.nodes.map(\.draft), edges: chain.closedEdges(), direction: .leftToRight))
            }
            return drafts
        }
        guard steps.count >= 2 else { return [] }
        let flow = flow(of: steps)
        drafts.append(
            Draft(
                kind: .flow, score: Draft.confidence(evidence + (steps.count >= 3 ? 0.3 : -0.8), even: 2.2),
                nodes: flow.nodes, edges: flow.edges, direction: steps.count > 5 || branches ? .topToBottom : .leftToRight))
        if loops > 0 || chain.closes, flow.nodes.count >= 3 {
            var ring = steps
            if let last = ring.last, ring.count > 3, isReturn(last.clause) { ring.removeLast() }
            var cycle = flowDraftOfRing(ring)
            cycle.score = Draft.confidence(
                evidence * 0.7 + loops * 1.5 + (chain.closes ? 1.0 : 0) - tone.penalty * 0.3, even: 2.4)
            drafts.append(cycle)
        }
        return drafts
    }

    struct Step: Sendable {
        var clause: EnglishClause
        var quote: Range<Int>
    }

    /// The clauses that say what happens, in order.
    func steps() -> [Step] {
        var steps: [Step] = []
        for clause in reader.clauses where clause.hasVerb && !reader.sentences[clause.sentence].isQuestion {
            guard !isFraming(clause), clause.tokens.count >= 2 || clause.tense == .imperative else { continue }
            if clause.isRelative, clause.tokens.count < 4 { continue }
            guard let quote = reader.phrase(clause.tokens), quote.count >= 3 else { continue }
            steps.append(Step(clause: clause, quote: quote))
        }
        return steps
    }

    /// `today I want to show you how …`, `this is how it works`: talk about the talk.
    private func isFraming(_ clause: EnglishClause) -> Bool {
        let words = clause.whole.map { reader.tokens[$0].word }
        let text = words.joined(separator: " ")
        if words.contains("today") || words.contains("welcome") || words.contains("video") { return clause.sentence == 0 }
        for phrase in ["here is", "here's", "how to", "this is how", "let me", "let's look", "let's talk", "i want to",
            "i'd like to", "i will", "i'll", "there is", "there are", "works like this", "talk about", "look at",
            "and that's it", "that's it", "is simple", "is easy", "step by step", "tell you", "show you"]
        where text.contains(phrase) {
            return true
        }
        return false
    }

    private func isInstruction(_ clause: EnglishClause) -> Bool {
        if clause.tense == .imperative { return true }
        guard clause.tense == .present, let first = clause.subject.first else { return false }
        return ["you", "we"].contains(reader.tokens[first].word) && !EnglishWords.beForms.contains(
            reader.tokens[clause.verb.lowerBound].word)
    }

    private func flow(of steps: [Step]) -> (nodes: [Draft.Node], edges: [Draft.Edge]) {
        var nodes: [Draft.Node] = []
        var edges: [Draft.Edge] = []
        var open: [Int] = []
        var fork: Int?
        for step in steps {
            guard nodes.count < Draft.mostNodes else { break }
            let isOtherwise = step.clause.conditionCue == .otherwise || step.clause.cues.contains(.otherwise)
            let isBranch = step.clause.conditionCue == .condition || isOtherwise
            if isBranch, step.clause.conditionCue == .condition, fork == nil, open.isEmpty, let condition = step.clause.condition,
                let quote = reader.phrase(condition)
            {
                nodes.append(.init(quote: quote))
                open = [0]
            }
            let index = nodes.count
            nodes.append(.init(quote: step.quote))
            if isBranch, let from = fork ?? open.last {
                edges.append(.init(from: from, to: index, label: branchLabel(step.clause, isOtherwise: isOtherwise)))
                if fork == nil {
                    fork = from
                    open = [index]
                } else {
                    open.append(index)
                }
                continue
            }
            let startsSentence = step.clause.whole.lowerBound == reader.spans[step.clause.sentence].lowerBound
            if fork != nil, !startsSentence, let last = open.last {
                edges.append(.init(from: last, to: index, label: nil))
                open[open.count - 1] = index
                continue
            }
            for from in open { edges.append(.init(from: from, to: index, label: nil)) }
            fork = nil
            open = [index]
        }
        return (nodes, edges)
    }

    private func branchLabel(_ clause: EnglishClause, isOtherwise: Bool) -> Range<Int>? {
        if let condition = clause.condition, !isOtherwise { return reader.phrase(condition) }
        let end = min(clause.tokens.lowerBound, clause.condition?.upperBound ?? clause.tokens.lowerBound)
        guard clause.whole.lowerBound < end else { return nil }
        var start = clause.whole.lowerBound
        while start < end - 1, EnglishWords.conjunctions.contains(reader.tokens[start].word) { start += 1 }
        return reader.phrase(start..<end, keepingLead: true)
    }

    private func flowDraftOfRing(_ steps: [Step]) -> Draft {
        let nodes = steps.prefix(Draft.mostNodes).map { Draft.Node(quote: $0.quote) }
        var edges = nodes.indices.dropLast().map { Draft.Edge(from: $0, to: $0 + 1) }
        if nodes.count > 1 { edges.append(.init(from: nodes.count - 1, to: 0)) }
        return Draft(kind: .cycle, score: 0, nodes: nodes, edges: edges)
    }

    private static let returnPhrases = [
        "cycle", "cycles", "loop", "loops", "starts again", "start again", "begins again", "begin again", "starts over",
        "start over", "starts all over", "begins anew", "starts anew", "repeats", "repeat", "all over again", "back to the",
        "goes back to", "returns to", "return to", "back into", "back where", "once again", "from the beginning", "back at",
        "the first step", "full circle", "starts from", "and so on", "round and round", "over and over", "comes back",
        "goes around", "vicious", "virtuous", "circular", "begins once more", "once more", "another round", "next round",
        "next generation", "closes the", "feeds back",
    ]

    private func isReturn(_ clause: EnglishClause) -> Bool {
        let text = clause.whole.map { reader.tokens[$0].word }.joined(separator: " ")
        return Self.returnPhrases.contains { text.contains($0) }
    }

    /// Words that say the series returns; they weigh most at the end.
    private func returnEvidence() -> Double {
        var evidence = 0.0
        for phrase in Self.returnPhrases {
            guard let found = reader.position(of: phrase) else { continue }
            let isLate = found.lowerBound * 5 >= reader.tokens.count * 3
            evidence += phrase.contains("cycle") || phrase.contains("loop") ? 1.2 : isLate ? 1.0 : 0.2
        }
        return min(2.6, evidence)
    }
}
