/// How closely each clause hangs on the one before it, in any tense.
///
/// Who explains a cause or a way through many hands ends a clause with a thing and begins the next with it:
/// `… fewer customers. With fewer customers we …`, `… to the harbour. There it …`. Who tells a story mostly goes on
/// about people.
struct EnglishThread: Sendable {
    /// How often a clause begins with what the clause before it ended with.
    private(set) var takeUps = 0
    /// How often a clause says that it follows from the one before it.
    private(set) var consequences = 0
    /// How often a thing is passed on: `emails it to a label`.
    private(set) var handovers = 0
    /// A late clause takes up what the first ones were about.
    private(set) var returns = false

    /// A late clause says nearly the same as an early one: `… cuts prices …`, at the end `… you cut prices`.
    private(set) var recurs = false

    /// Enough hangs together for an explanation of what already happened.
    var relief: Double { min(1, Double(takeUps + consequences) * 0.25 + Double(handovers) * 0.15) }
    /// Cause upon cause: more than a story has.
    var isChain: Bool { takeUps + consequences >= 4 && takeUps >= 1 }
    var evidence: Double {
        min(2.8, Double(takeUps) * 0.5 + Double(consequences) * 0.5 + Double(min(3, handovers)) * 0.4)
            + (isChain ? 1.2 : takeUps + consequences == 3 && takeUps >= 1 ? 0.4 : 0)
    }

    /// In a shorter text the last clauses name what the first ones named anyway.
    private static let fewestForReturn = 6

    private let reader: EnglishReader

    init(_ reader: EnglishReader) {
        self.reader = reader
        let told = reader.clauses.filter { $0.hasVerb && !reader.sentences[$0.sentence].isQuestion }
        for (position, clause) in told.enumerated() {
            if passesOn(clause) { handovers += 1 }
            guard position > 0 else {
                if isConsequence(clause, isTakenUp: false) { consequences += 1 }
                continue
            }
            let before = told[max(0, position - 2)..<position]
            let ends = before.reduce(into: Set<String>()) { $0.formUnion(end(of: $1)) }
            let begins = before.reduce(into: Set<String>()) { $0.formUnion(front(of: $1)) }
            let topic = front(of: clause)
            let isTakenUp = !ends.subtracting(begins).isDisjoint(with: topic)
            if isConsequence(clause, isTakenUp: isTakenUp) { consequences += 1 }
            if isTakenUp || opensWithPlace(clause) || pointsBack(clause) { takeUps += 1 }
        }
        guard told.count >= Self.fewestForReturn, let last = told.indices.last else { return }
        let opening = told.prefix(max(2, told.count / 3)).reduce(into: Set<String>()) {
            $0.formUnion(front(of: $1))
            $0.formUnion(end(of: $1))
        }
        let middle = told[(last / 3 + 1)..<max(last / 3 + 1, last - 2)].reduce(into: Set<String>()) {
            $0.formUnion(end(of: $1))
        }
        let closing = told.suffix(3).reduce(into: Set<String>()) {
            $0.formUnion(end(of: $1))
            $0.formUnion(front(of: $1))
        }
        let early = told.prefix(max(2, told.count * 2 / 5)).map { front(of: $0).union(end(of: $0)) }
        recurs = told.suffix(3).contains { clause in
            let words = front(of: clause).union(end(of: clause))
            return words.count <= 6 && early.contains { $0.intersection(words).count >= 2 }
        }
        returns = !closing.subtracting(middle).isDisjoint(with: opening)
    }

    private func stems(_ range: Range<Int>) -> Set<String> {
        Set(
            range.map { reader.tokens[$0].word }.filter { !EnglishWords.stop.contains($0) && $0.count > 2 }
                .map(EnglishReader.stem))
    }

    private func front(of clause: EnglishClause) -> Set<String> {
        stems(clause.whole.lowerBound..<max(clause.whole.lowerBound, clause.verb.lowerBound))
    }

    private func end(of clause: EnglishClause) -> Set<String> {
        stems(min(clause.verb.lowerBound, clause.whole.upperBound)..<clause.whole.upperBound)
    }

    /// `From there …`, `There it …`, `At the door …`: where the last clause led.
    private func opensWithPlace(_ clause: EnglishClause) -> Bool {
        let words = clause.whole.prefix(3).map { reader.tokens[$0].word }
        guard let first = words.first else { return false }
        if words.starts(with: ["from", "there"]) || words.starts(with: ["out", "of"]) { return true }
        return first == "there" && words.count > 1 && !EnglishWords.auxiliaries.contains(words[1])
    }

    /// `all that mud`, `those cards`: a thing that was just spoken of.
    private func pointsBack(_ clause: EnglishClause) -> Bool {
        guard clause.hasVerb, clause.subject.count >= 2 else { return false }
        return clause.subject.dropLast().contains { index in
            let next = reader.tokens[index + 1]
            return ["this", "that", "these", "those"].contains(reader.tokens[index].word)
                && !EnglishWords.stop.contains(next.word) && next.forms.isDisjoint(with: [.third, .past])
                && !["year", "time", "day", "morning", "week"].contains(next.word)
        }
    }

    private func passesOn(_ clause: EnglishClause) -> Bool {
        if clause.tense == .past, clause.subject.isEmpty || reader.isPersonal(clause.subject) { return false }
        let words = clause.object.prefix(3).map { reader.tokens[$0].word }.filter {
            !["straight", "right", "directly", "all", "back", "just"].contains($0)
        }
        guard words.count >= 2, ["it", "them", "this", "that"].contains(words[0]) else { return false }
        return ["to", "into", "onto", "in", "on", "off", "up", "down", "out", "through", "over", "back", "with", "for"]
            .contains(words[1])
    }

    private static let results: Set<String> = [
        "mean", "lead", "trigger", "cause", "bring", "give", "make", "push", "drive", "leave", "result", "create",
        "produce", "force", "set", "spark", "wipe", "raise", "lower", "feed",
    ]

    /// `so the riverbed …`, `which meant …`, `because …`, `that's why …`, `those gave us …`.
    private func isConsequence(_ clause: EnglishClause, isTakenUp: Bool) -> Bool {
        let words = clause.whole.map { reader.tokens[$0].word }
        guard let first = words.first else { return false }
        let isAboutPeople = !clause.subject.isEmpty && reader.isPersonal(clause.subject)
        let body = words.drop { ["and", "but", "then"].contains($0) }.prefix(6).joined(separator: " ")
        if ["that's why", "that's what", "that's how", "it's why", "this is why", "that is why", "that in turn"]
            .contains(
                where: { body.hasPrefix($0) })
        {
            return true
        }
        if clause.tense == .imperative { return false }
        if clause.conditionCue == .whenever, clause.tense == .past, let condition = clause.condition?.first {
            // `when they rotted, they used up …`; when somebody does something, a story begins.
            let word = reader.tokens[condition].word
            return !["i", "we", "he", "she", "my", "you"].contains(word) && !reader.tokens[condition].isCapitalised
        }
        if first == "so" || body.hasPrefix("so ") { return !isAboutPeople && words.count > 3 }
        if let condition = clause.condition, reader.isPersonal(condition), isAboutPeople { return false }
        if ["because", "with", "without"].contains(body.prefix { $0 != " " }), !isAboutPeople || clause.condition != nil
        {
            return true
        }
        if body.contains("which in turn") || body.contains(" is why ") || body.contains(" is what ") { return true }
        guard isTakenUp || clause.isRelative || reader.isPronoun(clause.subject),
            clause.verb.contains(where: { isResult(reader.tokens[$0].word) })
        else { return false }
        return !isAboutPeople
    }

    private func isResult(_ word: String) -> Bool {
        if Self.results.contains(word) || Self.results.contains(EnglishReader.stem(word)) { return true }
        return [
            "meant", "led", "triggered", "caused", "brought", "gave", "made", "pushed", "drove", "left", "resulted",
            "forced", "sparked", "wiped", "raised", "lowered", "fed", "created", "produced",
        ].contains(word)
    }
}
