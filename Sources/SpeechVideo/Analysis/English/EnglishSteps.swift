/// Steps and causes: drafts of a flow and, where they return to the start, of a cycle.
struct EnglishSteps: Sendable {
    let reader: EnglishReader
    let tone: EnglishTone

    func drafts() -> [Draft] {
        let chain = EnglishChain(reader)
        let thread = EnglishThread(reader)
        let steps = steps()
        let sequence = min(4, Double(steps.count { isPlaced($0.clause) }))
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
        if branches { evidence += isPromise(steps) ? 0 : 1.4 }
        evidence += thread.evidence - tone.penalty(relief: thread.relief)
        evidence += happening(steps) - standing(steps) * 2 - idleness(steps)
        let back = EnglishReturn(reader: reader)
        let home = back.evidence + (branches ? 0 : homecoming(steps))
        let isRound = !branches && thread.returns && (home >= 0.8 || thread.takeUps >= 3)
        let loops =
            evidence < 0.6 ? min(home, 0.5) : home + (isRound ? 0.6 : 0) + (thread.recurs && !branches ? 0.6 : 0)
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
            if let last = ring.last, ring.count > 3, back.isReturn(last.clause) { ring.removeLast() }
            var cycle = flowDraftOfRing(ring)
            cycle.score = Draft.confidence(
                evidence * 0.9 + loops * 1.4 + (chain.closes ? 0.8 : 0) - tone.penalty * 0.3, even: 2.4)
            drafts.insert(cycle, at: 0)
        }
        return drafts
    }

    /// Whether a clause says where it stands in the series: `the mix then goes …`, `I start off by …`, `a day later …`.
    private func isPlaced(_ clause: EnglishClause) -> Bool {
        if !clause.cues.isDisjoint(with: [.first, .next, .last]) { return true }
        let front = clause.whole.lowerBound..<max(clause.whole.lowerBound, clause.verb.upperBound)
        let words = front.map { reader.tokens[$0].word }
        if clause.tense != .past,
            words.contains(where: { ["then", "finally", "afterwards", "eventually", "later"].contains($0) })
        {
            return true
        }
        let opens = clause.verb.contains {
            ["start", "starts", "begin", "begins", "started", "began"].contains(reader.tokens[$0].word)
        }
        return opens
            && clause.object.first.map { ["off", "by", "with", "out", "when"].contains(reader.tokens[$0].word) }
                ?? false
    }

    /// `if you say nothing, they won't`: advice about people, no decision in a process.
    private func isPromise(_ steps: [Step]) -> Bool {
        let decided = steps.filter { $0.clause.conditionCue == .condition || $0.clause.conditionCue == .otherwise }
        return decided.contains { step in
            step.clause.verb.contains { EnglishWords.modals.contains(reader.tokens[$0].word) }
                && (step.clause.subject.isEmpty || reader.isPersonal(step.clause.subject))
        }
    }

    struct Step: Sendable {
        var clause: EnglishClause
        var quote: Range<Int>
    }

    /// The clauses that say what happens, in order.
    func steps() -> [Step] {
        var steps: [Step] = []
        for clause in reader.clauses where !reader.sentences[clause.sentence].isQuestion {
            // `it all begins with a script`: the cue is the verb.
            let isNamed = !clause.cues.isDisjoint(with: [.first, .next]) && !clause.tokens.isEmpty
            guard clause.hasVerb || isNamed && reader.nounPhrase(clause.tokens) != nil else { continue }
            guard !isFraming(clause), clause.tokens.count >= 2 || clause.tense == .imperative else { continue }
            if clause.isRelative, clause.tokens.count < 4 { continue }
            guard let quote = reader.phrase(core(of: clause)), quote.count >= 3 else { continue }
            steps.append(Step(clause: clause, quote: quote))
        }
        // `it's bubbly by breakfast`, `that's your loaf`: remarks beside the steps.
        let told = steps.filter { !isRemark($0.clause) }
        return told.count >= 4 ? told : steps
    }

    private func isRemark(_ clause: EnglishClause) -> Bool {
        guard !clause.isPassive, clause.cues.isDisjoint(with: [.first, .next, .last, .otherwise]),
            clause.conditionCue == nil, let verb = clause.verb.first
        else { return false }
        let word = reader.tokens[verb].word
        if EnglishWords.contractions.contains(word) || clause.verb.count == 1 && ["is", "are", "was"].contains(word) {
            let isGoingOn = clause.verb.count > 1
            return !isGoingOn
                && (clause.subject.isEmpty || clause.subject.count <= 1 || reader.isPronoun(clause.subject))
        }
        return false
    }

    /// Without what is set in front: `over a few months the worms turn them …`: the worms turn them ….
    private func core(of clause: EnglishClause) -> Range<Int> {
        let tokens = reader.tokens
        guard clause.subject.count > 1, let first = clause.subject.first else { return clause.tokens }
        if let comma = clause.subject.dropLast().last(where: { tokens[$0].followedByComma }),
            EnglishWords.prepositions.contains(tokens[first].word)
                || ["the", "each", "every"].contains(tokens[first].word)
        {
            return (comma + 1)..<clause.tokens.upperBound
        }
        guard EnglishWords.prepositions.contains(tokens[first].word),
            let start = clause.subject.dropFirst(2).last(where: {
                EnglishWords.articles.contains(tokens[$0].word)
                    || EnglishWords.subjectPronouns.contains(tokens[$0].word)
            }), !EnglishWords.prepositions.contains(tokens[start - 1].word)
        else { return clause.tokens }
        return start..<clause.tokens.upperBound
    }

    private static let courtesy = EnglishWords.words(
        "thank thanks grateful congratulations apologies apologise welcome")

    /// `today I want to show you how …`, `this is how it works`: talk about the talk.
    private func isFraming(_ clause: EnglishClause) -> Bool {
        let words = clause.whole.map { reader.tokens[$0].word }
        let text = words.joined(separator: " ")
        // `First of all, good evening, and thank you …`: courtesy is no step.
        if !Self.courtesy.isDisjoint(with: words) || text.contains("good evening") || text.contains("good morning") {
            return true
        }
        if !clause.cues.isDisjoint(with: [.first, .next, .last]), clause.sentence > 0 { return false }
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
            "walk you through", "ask me", "asking me", "let's see", "asked me", "you know what",
        ]
        where text.contains(phrase) {
            return true
        }
        return false
    }

    private func isInstruction(_ clause: EnglishClause) -> Bool {
        if clause.tense == .imperative {
            // `let me assert …`, `need we …`: no instruction.
            let words = clause.tokens.prefix(2).map { reader.tokens[$0].word }
            if clause.whole.contains(where: { ["please", "thanks"].contains(reader.tokens[$0].word) }) { return false }
            return !Self.states.contains(words.first ?? "") && words != ["let", "me"] && words != ["let", "us"]
        }
        // `you get used to it`, `people like …`: no advice what to do next.
        if clause.verb.contains(where: { Self.states.contains(reader.tokens[$0].word) }) { return false }
        guard clause.tense == .present, clause.conditionCue != .condition, let first = clause.subject.first else {
            return false
        }
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

    private static let states = EnglishWords.words(
        """
        is are am have has know knows mean means like likes love loves want wants need needs feel feels think thinks \
        believe \
        believes remain remains seem seems look looks lie lies stand stands belong belongs smell smells matter \
        matters hope \
        hopes live lives stay stays cost costs deserve enjoy enjoys sit sits says say learn learns forget forgets \
        miss misses \
        won't can't don't wish remember hear hears see sees notice notices wonder wonders thank blame promise owe \
        guess \
        suppose hate hates mind
        """)

    /// Several things that happen one after another, told in the present and not about the speaker.
    private func happening(_ steps: [Step]) -> Double {
        let count = steps.count { step in
            guard let verb = step.clause.verb.first else { return false }
            let first = reader.tokens[verb].word
            let isModal = EnglishWords.modals.contains(first) || first.contains("'")
            let isState = step.clause.verb.count == 1 && Self.states.contains(first)
            let isPersonal = !step.clause.subject.isEmpty && reader.isPersonal(step.clause.subject)
            return step.clause.tense == .present && !isModal && !isState && !isPersonal
        }
        guard count >= 3 else { return 0 }
        return min(1.6, Double(count) * 0.3) * Double(count) / Double(steps.count)
    }

    /// What to subtract where many clauses move nothing on: `you can hear Steve`, `my kids think`.
    private func idleness(_ steps: [Step]) -> Double {
        guard !steps.isEmpty else { return 0 }
        let idle = steps.count { step in
            let clause = step.clause
            guard clause.cues.isDisjoint(with: [.first, .next, .last]), !clause.isPassive else { return false }
            return clause.verb.contains { Self.states.contains(reader.tokens[$0].word) }
                && clause.conditionCue != .whenever
        }
        return max(0, Double(idle) / Double(steps.count) - 0.3) * 3
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
        let isAgain = last.clause.whole.dropFirst().contains {
            ["again", "back", "return", "returns", "anew"].contains(reader.tokens[$0].word)
        }
        return isAgain ? 1.2 : 0.2
    }
}
