/// Things that act on each other: `A becomes B`, `B is carried to C`.
struct EnglishChain: Sendable {
    struct Node: Sendable {
        var words: Range<Int>
        var quote: Range<Int>
        var head: String
        var draft: Draft.Node { .init(quote: quote) }
    }

    private(set) var nodes: [Node] = []
    private(set) var edges: [Draft.Edge] = []
    /// How often a clause takes up a thing that an earlier clause ended with.
    private(set) var links = 0
    /// Verbs of change and cause.
    private(set) var changes = 0
    /// The last thing is the first again.
    private(set) var closes = false

    private let reader: EnglishReader

    private static let notThings: Set<String> = [
        "what", "how", "why", "anew", "again", "away", "together", "back", "nothing",
    ]
    /// Verbs that move a thing on; weaker than verbs of change.
    private static let moves: Set<String> = Set(
        """
        moves move passes pass goes sends send returns return carries carry delivers deliver absorbs absorb dissolves \
        dissolve breaks heats heat cools cool pushes push starts collects collect picks compiles checks lays stores \
        store filters filter cleans compresses squeezes ignites eats traps attracts improves raises lowers signs \
        receives travels reaches pumps drops falls
        """.split(separator: " ").map(String.init))
    /// How often a thing is moved on.
    private(set) var movements = 0

    private static let changeVerbs: Set<String> = Set(
        """
        become becomes became turn turns turned convert converts converted transform transforms transformed produce \
        produces produced form forms formed lead leads cause causes caused create creates change changes changed \
        generate generates yield yields trigger triggers release releases result results increase increases reduce \
        reduces \
        evaporates evaporate condenses condense melts decay decays grows grow hatch hatches emerges drives feeds feed \
        gives flows enters
        """.split(separator: " ").map(String.init))

    init(_ reader: EnglishReader) {
        self.reader = reader
        var latest: Int?
        var subjectBefore: Int?
        for clause in reader.clauses where clause.hasVerb && !reader.sentences[clause.sentence].isQuestion {
            if clause.tense == .past { continue }
            var subject: Int?
            if clause.subject.isEmpty {
                subject = clause.tense == .imperative ? nil : subjectBefore
            } else if reader.isPronoun(clause.subject) || clause.isRelative && clause.subject.count <= 1 {
                subject = latest ?? subjectBefore
                if subject != nil { links += 1 }
            } else if !reader.isPersonal(clause.subject), let phrase = reader.nounPhrase(clause.subject) {
                subject = add(phrase, from: subjectBefore, isSubject: true)
            }
            let isChange = clause.verb.contains { Self.changeVerbs.contains(reader.tokens[$0].word) }
            if isChange { changes += 1 }
            let isMoved = clause.verb.contains { Self.moves.contains(reader.tokens[$0].word) }
            if isMoved, !isChange, clause.tense == .present, !isToldOfPeople(clause) { movements += 1 }
            guard let subject else { continue }
            subjectBefore = subject
            guard let phrase = objectPhrase(of: clause), reader.isPronoun(phrase) == false else {
                latest = latest ?? subject
                continue
            }
            let object = add(phrase, from: subject, isSubject: false)
            guard let object, object != subject else { continue }
            if !edges.contains(where: { $0.from == subject && $0.to == object }) {
                edges.append(.init(from: subject, to: object, label: edgeLabel(clause, upTo: phrase.lowerBound)))
            }
            latest = object
        }
        keepConnected()
    }

    private func isToldOfPeople(_ clause: EnglishClause) -> Bool {
        clause.subject.isEmpty || reader.isPersonal(clause.subject) || reader.isPronoun(clause.subject)
    }

    /// Edges of a ring: the given ones and one from the last to the first thing where none returns.
    func closedEdges() -> [Draft.Edge] {
        guard !closes, let last = edges.last?.to, last != 0 else { return edges }
        return edges + [.init(from: last, to: 0)]
    }

    private func objectPhrase(of clause: EnglishClause) -> Range<Int>? {
        guard !clause.object.isEmpty, clause.isPassive || !isCopula(clause) else { return nil }
        var start = clause.object.lowerBound
        if clause.isPassive {
            // `is carried by X` names the actor; `is carried to X` the goal. The goal leads on.
            let goal = clause.object.first {
                ["to", "into", "in", "through", "as", "by", "from"].contains(reader.tokens[$0].word)
            }
            guard let goal, goal + 1 < clause.object.upperBound else { return nil }
            start = goal + 1
        }
        guard let phrase = reader.nounPhrase(start..<clause.object.upperBound) else { return nil }
        let first = reader.tokens[phrase.lowerBound]
        if EnglishWords.opinions.contains(first.word) || Self.notThings.contains(first.word) { return nil }
        return phrase
    }

    /// `hard disks are cheap` says what a thing is, not what it does.
    private func isCopula(_ clause: EnglishClause) -> Bool {
        clause.verb.count == 1 && EnglishWords.beForms.contains(reader.tokens[clause.verb.lowerBound].word)
    }

    /// How many groups of things have no edge between them.
    var parts: Int {
        var group = Array(nodes.indices)
        for edge in edges {
            let (old, new) = (group[edge.to], group[edge.from])
            for index in group.indices where group[index] == old { group[index] = new }
        }
        return Set(group).count
    }

    private func edgeLabel(_ clause: EnglishClause, upTo end: Int) -> Range<Int>? {
        var end = end
        while end > clause.verb.upperBound, EnglishWords.articles.contains(reader.tokens[end - 1].word) { end -= 1 }
        let range = clause.verb.lowerBound..<max(clause.verb.upperBound, end)
        let first = reader.tokens[range.lowerBound].range.lowerBound
        let last = reader.tokens[range.upperBound - 1].range.upperBound
        if last - first <= 24 { return first..<last }
        let verb =
            reader.tokens[clause.verb.lowerBound].range
            .lowerBound..<reader.tokens[clause.verb.upperBound - 1].range.upperBound
        return verb.count <= EnglishReader.longestLabel ? verb : nil
    }

    private mutating func add(_ phrase: Range<Int>, from subject: Int?, isSubject: Bool) -> Int? {
        let head = reader.head(of: phrase)
        if let found = nodes.firstIndex(where: { $0.head == head || isSame($0, phrase) }) {
            if isSubject, found != subject || nodes.count > 1 { links += 1 }
            if !isSubject, found <= 1, nodes.count >= 3, subject != 0, subject != found { closes = true }
            return found
        }
        guard let quote = reader.phrase(phrase), quote.count >= 2 else { return nil }
        nodes.append(Node(words: phrase, quote: quote, head: head))
        return nodes.count - 1
    }

    /// `hot gas` and `gas`: one phrase ends like the other.
    private func isSame(_ node: Node, _ phrase: Range<Int>) -> Bool {
        let left = node.words.map { EnglishReader.stem(reader.tokens[$0].word) }
        let right = phrase.map { EnglishReader.stem(reader.tokens[$0].word) }
        return left.count <= right.count
            ? Array(right.prefix(left.count)) == left && left.count > 1
            : Array(left.prefix(right.count)) == right && right.count >= 1 && right[0].count > 3
    }

    /// Drops things that no edge touches.
    private mutating func keepConnected() {
        var map: [Int: Int] = [:]
        var kept: [Node] = []
        let touched = Set(edges.flatMap { [$0.from, $0.to] })
        for index in nodes.indices where touched.contains(index) {
            map[index] = kept.count
            kept.append(nodes[index])
        }
        nodes = kept
        edges = edges.compactMap { edge in
            guard let from = map[edge.from], let to = map[edge.to] else { return nil }
            return Draft.Edge(from: from, to: to, label: edge.label)
        }
    }
}
