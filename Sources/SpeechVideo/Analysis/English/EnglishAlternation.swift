/// Two things that a speaker turns between: `gas does this, induction does that, with gas you …`.
///
/// No cue word is needed: the words in front of the verbs go back and forth between the two.
struct EnglishAlternation: Sendable {
    /// The phrases that name the two, as they were said first.
    var phrases: (Range<Int>, Range<Int>)
    var stems: (String, String)
    /// How often the speaker turns from one to the other.
    var turns: Int

    private static let fewestTurns = 3

    /// The two words that the fronts of clauses turn between most often; nil where nothing is set side by side.
    init?(_ reader: EnglishReader) {
        let fronts = reader.clauses.map { Self.front(of: $0, in: reader) }
        var places: [String: [Int]] = [:]
        var firstToken: [String: Int] = [:]
        for (clause, front) in fronts.enumerated() {
            for (stem, token) in front {
                if places[stem]?.last != clause { places[stem, default: []].append(clause) }
                if firstToken[stem] == nil { firstToken[stem] = token }
            }
        }
        let names = places.filter { $0.value.count >= 2 }.keys.sorted { firstToken[$0] ?? 0 < firstToken[$1] ?? 0 }
        var best: (left: String, right: String, turns: Int)?
        for (position, left) in names.enumerated() {
            for right in names.dropFirst(position + 1) {
                guard let turns = Self.turns(places[left] ?? [], places[right] ?? []), turns >= Self.fewestTurns,
                    turns > best?.turns ?? 0
                else { continue }
                best = (left, right, turns)
            }
        }
        guard let best, let left = firstToken[best.left], let right = firstToken[best.right],
            case let phrases = (Self.phrase(around: left, in: reader), Self.phrase(around: right, in: reader)),
            !phrases.0.overlaps(phrases.1)
        else { return nil }
        self.phrases = phrases
        stems = (best.left, best.right)
        turns = best.turns
    }

    /// What a clause names before its verb: `with gas you can …`, `a plastic board is …`.
    private static func front(of clause: EnglishClause, in reader: EnglishReader) -> [(String, Int)] {
        guard clause.hasVerb, !reader.sentences[clause.sentence].isQuestion, clause.tense != .imperative else {
            return []
        }
        let range = clause.whole.lowerBound..<max(clause.verb.lowerBound, clause.whole.lowerBound)
        return range.compactMap { index in
            let word = reader.tokens[index].word
            let isName = ["new", "out", "inside", "outside"].contains(word) || !EnglishWords.stop.contains(word)
            guard isName, word.count > 2, !word.contains("'"), EnglishWords.numbers[word] == nil else { return nil }
            return (EnglishReader.stem(word), index)
        }
    }

    /// How often the two take turns; nil where one clause often names both.
    private static func turns(_ left: [Int], _ right: [Int]) -> Int? {
        let both = Set(left).intersection(right)
        guard both.count * 4 <= min(left.count, right.count) else { return nil }
        let order = (left.map { ($0, 0) } + right.map { ($0, 1) }).filter { !both.contains($0.0) }.sorted { $0.0 < $1.0 }
        return zip(order, order.dropFirst()).count { $0.1 != $1.1 }
    }

    /// `old` in `in the old system`: `old system`.
    private static func phrase(around token: Int, in reader: EnglishReader) -> Range<Int> {
        func belongs(_ index: Int) -> Bool {
            let word = reader.tokens[index].word
            return !EnglishWords.stop.contains(word) && reader.tokens[index].forms.isDisjoint(with: [.third, .past])
                || ["new", "one", "ones"].contains(word)
        }
        func isJoined(_ index: Int) -> Bool {
            !reader.tokens[index].followedByComma && !reader.tokens[index].followedByStop
        }
        var start = token
        while start > 0, token - start < 2, belongs(start - 1), isJoined(start - 1) { start -= 1 }
        var end = token + 1
        while end < reader.tokens.count, end - token < 3, belongs(end), isJoined(end - 1) { end += 1 }
        return start..<end
    }
}
