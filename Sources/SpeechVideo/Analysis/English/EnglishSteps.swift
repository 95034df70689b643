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
        let branches =
            steps.contains { $0.clause.conditionCue == .condition }
            && (steps.contains { $0.clause.conditionCue == .otherwise || $0.clause.cues.contains(.otherwise) }
                || steps.count { $0.clause.conditionCue == .condition } > 1)
        let links = min(4, Double(chain.links))
        let changes = min(3, Double(chain.changes))
        var evidence = sequence * 0.9 + waits * 0.4 + imperative * 0.6 + passive * 0.35 + links * 0.75 + changes * 0.5
        evidence += min(1.6, Double(chain.movements) * 0.4) + announcement
        if branches { evidence += 1.4 }
        evidence -= tone.penalty
        evidence += happening(steps) - standing(steps) * 2
        let loops = returnEvidence() + (branches ? 0 : homecoming(steps))
        let once = evidence - min(2, loops) * 0.7
        // Of two equal scores the first wins: a cycle says more than a flow.
        var drafts: [Draft] = []
        let isCovered = chain.edges.count * 10 >= steps.count * 6 && chain.parts == 1
        let prefersChain = chain.links >= 2 && Double(chain.links) > sequence + imperative && !branches && isCovered
        if chain.edges.count >= 2, chain.nodes.count >= 3, prefersChain || steps.count < 3 {
            let closes = chain.closes || loops > 0
            drafts.append(
                Draft(
                    kind: .flow, score: Draft.confidence(once, even: 2.2), nodes: chain.nodes.map(\.draft),
                    edges: chain.edges, direction: .leftToRight))
            if closes {
                drafts.insert(
                    Draft(
                        kind: .cycle,
                        score: Draft.confidence(
                            evidence * 0.9 + loops * 1.4 + (chain.closes ? 1.0 : 0) - tone.penalty * 0.3, even: 2.4),
                        nodes: chain.nodes.map(\.draft), edges: chain.closedEdges(), direction: .leftToRight),
                    at: 0)
            }
            return drafts
        }
        guard steps.count >= 2 else { return [] }
        let flow = flow(of: steps)
        drafts.append(
            Draft(
                kind: .flow, score: Draft.confidence(once + (steps.count >= 3 ? 0.3 : -0.8), even: 2.2),
                nodes: flow.nodes, edges: flow.edges,
                direction: steps.count > 5 || branches ? .topToBottom : .leftToRight))
        if loops > 0 || chain.closes, flow.nodes.count >= 3 {
            var ring = steps
            if let last = ring.last, ring.count > 3, isReturn(last.clause) { ring.removeLast() }
            var cycle = flowDraftOfRing(ring)
            cycle.score = Draft.confidence(
                evidence * 0.9 + loops * 1.4 + (chain.closes ? 0.8 : 0) - tone.penalty * 0.3, even: 2.4)
            drafts.insert(cycle, at: 0)
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
        // `To change a tire, …` names the purpose.
        if words.first == "to", words.count > 1, reader.tokens[clause.whole.lowerBound + 1].forms.contains(.base) {
            return true
        }
        if words.contains("today") || words.contains("welcome") || words.contains("video") {
            return clause.sentence == 0
        }
        for phrase in [
            "here is", "here's", "how to", "this is how", "let me", "let's look", "let's talk", "i want to",
            "i'd like to", "i will", "i'll", "there is", "there are", "works like this", "talk about", "look at",
            "and that's it", "that's it", "is simple", "is easy", "step by step", "tell you", "show you",
        ]
        where text.contains(phrase) {
            return true
        }
        return false
    }

    private func isInstruction(_ clause: EnglishClause) -> Bool {
        if clause.tense == .imperative { return true }
        guard clause.tense == .present, let first = clause.subject.first else { return false }
        return ["you", "we"].contains(reader.tokens[first].word)
            && !EnglishWords.beForms.contains(
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
            if isBranch, step.clause.conditionCue == .condition, fork == nil, open.isEmpty,
                let condition = step.clause.condition,
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
        let label = reader.tokens[start].range.lowerBound..<reader.tokens[end - 1].range.upperBound
        return label.count <= EnglishReader.longestLabel ? label : reader.phrase(start..<end, keepingLead: true)
    }

    private func flowDraftOfRing(_ steps: [Step]) -> Draft {
        let nodes = steps.prefix(Draft.mostNodes).map { Draft.Node(quote: $0.quote) }
        var edges = nodes.indices.dropLast().map { Draft.Edge(from: $0, to: $0 + 1) }
        if nodes.count > 1 { edges.append(.init(from: nodes.count - 1, to: 0)) }
        return Draft(kind: .cycle, score: 0, nodes: nodes, edges: edges)
    }

    private static let returnPhrases = [
        "cycle", "cycles", "loop", "loops", "starts again", "start again", "begins again", "begin again", "starts over",
        "start over", "starts all over", "begins anew", "starts anew", "repeats", "repeat", "all over again",
        "back to the",
        "goes back to", "returns to", "return to", "back into", "back where", "once again", "from the beginning",
        "back at",
        "the first step", "full circle", "starts from", "and so on", "round and round", "over and over", "comes back",
        "goes around", "circle", "vicious", "virtuous", "circular", "begins once more", "once more", "another round",
        "next round",
        "next generation", "closes the", "feeds back",
    ]

    private func isReturn(_ clause: EnglishClause) -> Bool {
        let text = clause.whole.map { reader.tokens[$0].word }.joined(separator: " ")
        return Self.returnPhrases.contains { text.contains($0) }
    }

    private static let states = EnglishWords.words(
        """
        is are am have has know knows mean means like likes love loves want wants need needs feel feels think thinks believe \
        believes remain remains seem seems look looks lie lies stand stands belong belongs smell smells matter matters hope \
        hopes live lives stay stays cost costs deserve enjoy enjoys sit sits says say
        """)

    /// Several things that happen one after another, told in the present and not about the speaker.
    private func happening(_ steps: [Step]) -> Double {
        let count = steps.count { step in
            let first = reader.tokens[step.clause.verb.lowerBound].word
            let isModal = EnglishWords.modals.contains(first) || first.contains("'")
            let isState = step.clause.verb.count == 1 && Self.states.contains(first)
            let isPersonal = !step.clause.subject.isEmpty && reader.isPersonal(step.clause.subject)
            return step.clause.tense == .present && !isModal && !isState && !isPersonal
        }
        guard count >= 3 else { return 0 }
        return min(1.6, Double(count) * 0.3) * Double(count) / Double(steps.count)
    }

    /// The share of clauses that say how things are and not what happens.
    private func standing(_ steps: [Step]) -> Double {
        let standing = steps.count { step in
            let verb = step.clause.verb
            let isAlone = verb.count == 1 || !step.clause.isPassive && verb.count == 2
            return isAlone
                && verb.first.map { index in
                    let word = reader.tokens[index].word
                    return EnglishWords.beForms.contains(word) && !word.hasPrefix("g")
                        || ["has", "have", "costs", "cost"].contains(word)
                } ?? false
        }
        return steps.isEmpty ? 0 : Double(standing) / Double(steps.count)
    }

    /// `how to`, `the process`: the speaker announces steps.
    private var announcement: Double {
        let phrases = [
            "how to", "process", "procedure", "steps", "here's how", "this is how", "is how", "works like this",
            "workflow", "pipeline",
        ]
        return phrases.contains { reader.position(of: $0) != nil } ? 0.6 : 0
    }

    /// The last steps name what the first named, with `again` or `back` beside it.
    private func homecoming(_ steps: [Step]) -> Double {
        guard steps.count >= 3, let last = steps.last else { return 0 }
        func stems(_ clause: EnglishClause) -> Set<String> {
            Set(
                clause.whole.map { reader.tokens[$0].word }.filter { !EnglishWords.stop.contains($0) }.map(
                    EnglishReader.stem))
        }
        guard steps.prefix(2).contains(where: { !stems($0.clause).isDisjoint(with: stems(last.clause)) }) else {
            return 0
        }
        let isAgain = last.clause.whole.contains {
            ["again", "back", "return", "returns", "anew"].contains(reader.tokens[$0].word)
        }
        return isAgain ? 1.2 : 0.2
    }

    /// Words that say the series returns; they weigh most at the end.
    private func returnEvidence() -> Double {
        var evidence = 0.0
        for phrase in Self.returnPhrases {
            guard let found = reader.position(of: phrase) else { continue }
            let isLate = found.lowerBound * 5 >= reader.tokens.count * 3
            evidence += ["cycle", "loop", "circle"].contains(where: phrase.contains) ? 1.2 : isLate ? 1.0 : 0.2
        }
        return min(2.6, evidence)
    }
}
