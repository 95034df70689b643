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
        let fronts = reader.clauses.flatMap { Self.fronts(of: $0, in: reader) }
        var places: [String: [Int]] = [:]
        var firstToken: [String: Int] = [:]
        for (clause, front) in fronts.enumerated() {
            for (stem, token) in front {
                if places[stem]?.last != clause { places[stem, default: []].append(clause) }
                if firstToken[stem] == nil { firstToken[stem] = token }
            }
        }
        let names = places.keys.sorted { firstToken[$0] ?? 0 < firstToken[$1] ?? 0 }
        var best: (left: String, right: String, turns: Int)?
        for (position, left) in names.enumerated() {
            for right in names.dropFirst(position + 1) {
                let counts = (places[left]?.count ?? 0, places[right]?.count ?? 0)
                guard counts.0 + counts.1 >= 4, let turns = Self.turns(places[left] ?? [], places[right] ?? []),
                    turns >= Self.fewestTurns && min(counts.0, counts.1) >= 2
                        || turns == Self.fewestTurns - 1 && Self.isAnnounced(left, right, in: reader),
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

    /// What a clause names before its verb: `with gas you can …`, and what follows a comma without a verb of its own:
    /// `…, a cafe hardly anything`.
    private static func fronts(of clause: EnglishClause, in reader: EnglishReader) -> [[(String, Int)]] {
        guard clause.hasVerb, !reader.sentences[clause.sentence].isQuestion, clause.tense != .imperative else {
            return []
        }
        let start = clause.whole.lowerBound
        var front = names(in: start..<max(clause.verb.lowerBound, start), of: reader)
        let commas = clause.object.dropLast().filter { reader.tokens[$0].followedByComma }
        if front.isEmpty, !clause.subject.isEmpty, reader.isPersonal(clause.subject) {
            front = names(
                in: clause.object.lowerBound..<(commas.first.map { $0 + 1 } ?? clause.object.upperBound), of: reader)
        }
        var fronts = [front]
        for (position, comma) in commas.enumerated() {
            let limit = position + 1 < commas.count ? commas[position + 1] + 1 : clause.object.upperBound
            fronts.append(names(in: (comma + 1)..<min(limit, comma + 5), of: reader))
        }
        return fronts
    }

    private static func names(in range: Range<Int>, of reader: EnglishReader) -> [(String, Int)] {
        range.compactMap { index in
            let word = reader.tokens[index].word
            let isName = ["new", "out", "inside", "outside"].contains(word) || !EnglishWords.stop.contains(word)
            guard isName, word.count > 2, !word.contains("'"), EnglishWords.numbers[word] == nil else { return nil }
            return (key(of: word), index)
        }
    }

    /// `freelancer` and `freelancing` speak of the same.
    private static func key(of word: String) -> String { String(EnglishReader.stem(word).prefix(6)) }

    /// `one electric van and one diesel`, `the Grand and the Seaview`, `renting or buying`: both named together
    /// early on.
    private static func isAnnounced(_ left: String, _ right: String, in reader: EnglishReader) -> Bool {
        let early = reader.spans.prefix(2).last?.upperBound ?? 0
        for index in 0..<early
        where ["and", "or", "to"].contains(reader.tokens[index].word) && index > 0 && index + 1 < reader.tokens.count {
            func stems(_ range: Range<Int>) -> Set<String> {
                Set(range.map { key(of: reader.tokens[$0].word) })
            }
            let before = stems(max(0, index - 3)..<index)
            let after = stems(index + 1..<min(reader.tokens.count, index + 4))
            if before.contains(left) && after.contains(right) || before.contains(right) && after.contains(left) {
                return true
            }
        }
        return false
    }

    /// How often the two take turns; nil where one clause often names both.
    private static func turns(_ left: [Int], _ right: [Int]) -> Int? {
        let both = Set(left).intersection(right)
        // The first words may announce the two together.
        guard both.count(where: { $0 > 1 }) * 4 <= min(left.count, right.count) else { return nil }
        let order = (left.map { ($0, 0) } + right.map { ($0, 1) }).filter { !both.contains($0.0) }.sorted {
            $0.0 < $1.0
        }
        return zip(order, order.dropFirst()).count { $0.1 != $1.1 }
    }

    /// `old` in `in the old system`: `old system`.
    private static func phrase(around token: Int, in reader: EnglishReader) -> Range<Int> {
        func belongs(_ index: Int) -> Bool {
            let word = reader.tokens[index].word
            let isInFront = reader.clauses.contains { $0.whole.contains(token) && index < $0.verb.lowerBound }
            return !EnglishWords.stop.contains(word)
                && (isInFront || reader.tokens[index].forms.isDisjoint(with: [.third, .past]))
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
