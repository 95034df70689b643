/// Two things beside each other.
struct EnglishComparison: Sendable {
    let reader: EnglishReader
    let tone: EnglishTone

    private static let contrasts = [
        "whereas", "on the other hand", "by contrast", "in contrast", "conversely", "unlike", "compared to",
        "compared with",
        "in comparison", "on the contrary", "differ", "differs", "difference", "differences", "versus", "vs",
        "the opposite",
        "in turn", "different from", "on the flip side", "rather than", "while", "but", "yet", "though", "however",
        "meanwhile", "instead",
        "the former", "the latter",
    ]
    private static let strong = 17

    private struct Side {
        var words: Range<Int>
        var stems: Set<String>
        var head: String
    }

    /// The draft, and whether the speaker so clearly sets two things side by side that nothing else is meant.
    func finding() -> (draft: Draft, isClear: Bool)? {
        guard let sides = sides() else { return nil }
        var points: [[Draft.Node]] = [[], []]
        var current: Int?
        let groups = sides.map { side in
            reader.tokens[side.words.lowerBound].range
                .lowerBound..<reader.tokens[side.words.upperBound - 1].range.upperBound
        }
        for clause in reader.clauses where !reader.sentences[clause.sentence].isQuestion {
            guard clause.hasVerb else { continue }
            if let mentioned = mentioned(in: clause, sides, after: current) {
                current = mentioned
            } else if !clause.subject.isEmpty, !reader.isPronoun(clause.subject), !reader.isPersonal(clause.subject) {
                if clause.cues.isEmpty { continue }
            }
            guard let current, let quote = point(of: clause, sides) else { continue }
            if !points[current].contains(where: { $0.quote.overlaps(quote) }), points[current].count < 5 {
                points[current].append(.init(quote: quote))
            }
        }
        guard !points[0].isEmpty, !points[1].isEmpty else { return nil }
        var nodes: [Draft.Node] = []
        var edges: [Draft.Edge] = []
        for side in 0...1 {
            let head = nodes.count
            nodes.append(.init(quote: groups[side]))
            for point in points[side] {
                edges.append(.init(from: head, to: nodes.count))
                nodes.append(.init(quote: point.quote, group: head))
            }
        }
        let contrasts = contrasts(sides)
        let evidence =
            cueEvidence() + min(1.5, comparatives() * 0.35)
            + Double(min(points[0].count, points[1].count, 3)) * 0.55 + turns(sides) + parallels(sides)
            + min(2, Double(contrasts) * 0.6) - (contrasts < 2 && turns(sides) < 0.5 ? 0.3 : 0) - tone.penalty
            * (contrasts >= 2 ? 0.5 : 1)
        let draft = Draft(
            kind: .comparison, score: Draft.confidence(evidence, even: 2.2), nodes: nodes, edges: edges,
            direction: .topToBottom
        ).limited()
        return (draft, contrasts >= 2 && turns(sides) > 1)
    }

    /// How often one sentence, or two in a row, say something of one and then of the other, and neither acts on the
    /// other.
    private func contrasts(_ sides: [Side]) -> Int {
        var count = 0
        var last: (side: Int, sentence: Int)?
        for clause in reader.clauses where clause.hasVerb {
            guard let side = mentioned(in: clause, sides, after: last?.side) else { continue }
            let rest = clause.object.map { EnglishReader.stem(reader.tokens[$0].word) }
            let isAboutBoth =
                rest.contains { matches($0, sides[1 - side]) }
                && !clause.object.contains { ["than", "compared", "unlike"].contains(reader.tokens[$0].word) }
            if isAboutBoth || !clause.cues.isDisjoint(with: [.first, .next, .last]) {
                last = nil
                continue
            }
            if let before = last, before.side != side, clause.sentence - before.sentence <= 1 {
                count += 1
                last = nil
            } else {
                last = (side, clause.sentence)
            }
        }
        return count
    }

    private func cueEvidence() -> Double {
        var evidence = 0.0
        for (index, cue) in Self.contrasts.enumerated() where reader.contains(cue) {
            evidence += index < Self.strong ? 1.3 : 0.4
        }
        return min(2.6, evidence)
    }

    private func comparatives() -> Double {
        Double(
            reader.tokens.count { token in
                ["more", "less", "fewer", "than", "better", "worse", "both", "only", "higher", "lower"].contains(
                    token.word)
                    || token.word.count > 5 && token.word.hasSuffix("er") && EnglishVerbs.forms(of: token.word).isEmpty
                        && EnglishVerbs.forms(of: String(token.word.dropLast(2))).isEmpty && token.word.count < 9
            })
    }

    /// `A takes …, B takes …`: the same verb for both.
    private func parallels(_ sides: [Side]) -> Double {
        var verbs: [Set<String>] = [[], []]
        for clause in reader.clauses where clause.hasVerb {
            guard let side = mentioned(in: clause, sides, after: nil) else { continue }
            let verb = EnglishReader.stem(reader.tokens[clause.verb.upperBound - 1].word)
            if !EnglishWords.beForms.contains(verb) { verbs[side].insert(verb) }
        }
        return min(1.2, Double(verbs[0].intersection(verbs[1]).count) * 0.6)
    }

    /// A, B, A, B: the more often the speaker turns, the surer.
    private func turns(_ sides: [Side]) -> Double {
        var order: [Int] = []
        for clause in reader.clauses {
            if let side = mentioned(in: clause, sides, after: order.last) { order.append(side) }
        }
        let turns = zip(order, order.dropFirst()).count { $0 != $1 }
        return turns >= 3 ? 1.1 : turns == 2 ? 0.5 : 0
    }

    /// Which of the two a clause is about; `the other one` is the one that `last` is not.
    private func mentioned(in clause: EnglishClause, _ sides: [Side], after last: Int?) -> Int? {
        let front =
            clause.whole
            .lowerBound..<(clause.hasVerb
            ? max(clause.verb.lowerBound, clause.whole.lowerBound) : clause.whole.upperBound)
        let words = front.map { EnglishReader.stem(reader.tokens[$0].word) }
        for index in sides.indices where words.contains(sides[index].head) && isDistinct(sides) { return index }
        for index in sides.indices where !sides[index].stems.isDisjoint(with: words) { return index }
        for index in sides.indices where words.contains(where: { matches($0, sides[index]) }) { return index }
        if !clause.subject.isEmpty, reader.isPersonal(clause.subject) {
            // `you can replay an online lesson`.
            let object = clause.object.map { EnglishReader.stem(reader.tokens[$0].word) }
            let named = sides.indices.filter { index in object.contains { matches($0, sides[index]) } }
            if named.count == 1 { return named[0] }
        }
        if words.contains("former") { return 0 }
        if words.contains("latter") { return 1 }
        if let last, let other = words.firstIndex(of: "other"), words.dropFirst(other).count <= 2,
            !words.contains("each")
        {
            return 1 - last
        }
        return nil
    }

    /// `wood` speaks of the `wooden` one, `rent` of `renting`.
    private func matches(_ word: String, _ side: Side) -> Bool {
        side.stems.contains { stem in
            word == stem
                || min(word.count, stem.count) >= 4 && (word.hasPrefix(stem) || stem.hasPrefix(word))
        }
    }

    private func isDistinct(_ sides: [Side]) -> Bool { sides[0].head != sides[1].head }

    private func point(of clause: EnglishClause, _ sides: [Side]) -> Range<Int>? {
        let first = reader.tokens[clause.verb.lowerBound].word
        let isCopula = clause.verb.count == 1 && EnglishWords.beForms.contains(first)
        let range = (isCopula ? clause.verb.upperBound : clause.verb.lowerBound)..<clause.tokens.upperBound
        guard !range.isEmpty, let quote = reader.phrase(range, keepingLead: !isCopula), quote.count >= 3 else {
            return nil
        }
        let words = range.map { reader.tokens[$0].word }
        // `cleaning a gas hob is a chore`, `induction doesn't`: the predicate alone says too little.
        let isThin = words.filter { !EnglishWords.articles.contains($0) }.count <= 1 && clause.subject.count > 1
        if isThin, let whole = reader.phrase(clause.subject.lowerBound..<clause.tokens.upperBound),
            whole.count > quote.count
        {
            return whole
        }
        if words.contains("differ") || words.contains("differs") || words.contains("difference")
            || words.contains("different")
        {
            return nil
        }
        return quote
    }

    private func sides() -> [Side]? {
        if let pair = explicitSides(), let sides = distinct(pair) { return sides }
        if let found = EnglishAlternation(reader) {
            return [
                Side(words: found.phrases.0, stems: [found.stems.0], head: found.stems.0),
                Side(words: found.phrases.1, stems: [found.stems.1], head: found.stems.1),
            ]
        }
        for find in [contrastedSides, parallelSides] {
            if let pair = find(), let sides = distinct(pair) { return sides }
        }
        return nil
    }

    /// Keeps the words that only one of the two has.
    private func distinct(_ pair: (Range<Int>, Range<Int>)) -> [Side]? {
        let left = Set(pair.0.map { EnglishReader.stem(reader.tokens[$0].word) })
        let right = Set(pair.1.map { EnglishReader.stem(reader.tokens[$0].word) })
        guard left != right else { return nil }
        let onlyLeft = left.subtracting(right).subtracting(EnglishWords.stop)
        let onlyRight = right.subtracting(left).subtracting(EnglishWords.stop)
        guard !onlyLeft.isEmpty, !onlyRight.isEmpty else { return nil }
        return [
            Side(words: pair.0, stems: onlyLeft, head: reader.head(of: pair.0)),
            Side(words: pair.1, stems: onlyRight, head: reader.head(of: pair.1)),
        ]
    }

    /// `the difference between A and B`, `compare A with B`, `A versus B`, `how A differ from B`.
    private func explicitSides() -> (Range<Int>, Range<Int>)? {
        for (opener, joints) in [
            ("between", ["and"]), ("compare", ["and", "with", "to"]), ("comparing", ["and", "with", "to"]),
        ] {
            guard let found = reader.position(of: opener), found.upperBound < reader.tokens.count,
                let left = reader.nounPhrase(found.upperBound..<min(reader.tokens.count, found.upperBound + 6)),
                left.upperBound + 1 < reader.tokens.count, joints.contains(reader.tokens[left.upperBound].word),
                let right = reader.nounPhrase(left.upperBound + 1..<min(reader.tokens.count, left.upperBound + 6))
            else { continue }
            if opener != "between"
                || reader.contains(
                    "difference", "differences", "choose", "choice", "compare", "distinguish", "choosing")
            {
                return (left, right)
            }
        }
        for joint in ["versus", "vs", "differ from", "differs from", "unlike"] {
            guard let found = reader.position(of: joint), found.upperBound < reader.tokens.count,
                let right = reader.nounPhrase(found.upperBound..<min(reader.tokens.count, found.upperBound + 5))
            else { continue }
            if joint == "unlike" {
                guard right.upperBound < reader.tokens.count,
                    let left = reader.nounPhrase(right.upperBound..<min(reader.tokens.count, right.upperBound + 5))
                else { continue }
                return (left, right)
            }
            var start = found.lowerBound
            while start > 0, !EnglishWords.stop.contains(reader.tokens[start - 1].word), found.lowerBound - start < 3 {
                start -= 1
            }
            guard start < found.lowerBound else { continue }
            return (start..<found.lowerBound, right)
        }
        return nil
    }

    private func subjectPhrase(_ clause: EnglishClause) -> Range<Int>? {
        guard clause.hasVerb, !clause.subject.isEmpty, !reader.isPronoun(clause.subject),
            !reader.isPersonal(clause.subject)
        else { return nil }
        return reader.nounPhrase(clause.subject)
    }

    /// The subjects on both sides of `whereas`.
    private func contrastedSides() -> (Range<Int>, Range<Int>)? {
        var before: Range<Int>?
        for clause in reader.clauses {
            let text = clause.whole.prefix(7).map { reader.tokens[$0].word }.joined(separator: " ")
            let isContrast =
                clause.cues.contains(.contrast)
                || ["on the other hand", "by contrast", "in contrast", "conversely", "however"].contains {
                    text.contains($0)
                }
            let subject = subjectPhrase(clause)
            if isContrast, let before, let subject,
                reader.head(of: before) != reader.head(of: subject)
                    || before.count != subject.count
            {
                return (before, subject)
            }
            if let subject { before = before ?? subject; if !isContrast { before = subject } }
        }
        return nil
    }

    /// The two things most clauses are about.
    private func parallelSides() -> (Range<Int>, Range<Int>)? {
        var counts: [(phrase: Range<Int>, key: String, count: Int)] = []
        for clause in reader.clauses {
            guard let phrase = subjectPhrase(clause) else { continue }
            let key = phrase.map { EnglishReader.stem(reader.tokens[$0].word) }.joined(separator: " ")
            if let found = counts.firstIndex(where: { $0.key == key || $0.key.hasSuffix(" " + key) }) {
                counts[found].count += 1
            } else {
                counts.append((phrase, key, 1))
            }
        }
        let ranked = counts.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
        guard ranked.count >= 2 else { return nil }
        if ranked.count > 2, ranked[1].element.count == ranked[2].element.count, ranked.count > 3 { return nil }
        let pair = [ranked[0], ranked[1]].sorted { $0.offset < $1.offset }
        return (pair[0].element.phrase, pair[1].element.phrase)
    }
}
