/// Reads the sentences of a scene into clauses by particles and endings, without a dictionary.
struct JapaneseReader: Sendable {
    let text: TimedText
    let sentences: [Sentence]
    let clauses: [JapaneseClause]

    init(_ text: TimedText, _ sentences: [Sentence]) {
        self.text = text
        self.sentences = sentences
        var clauses: [JapaneseClause] = []
        for (index, sentence) in sentences.enumerated() {
            var start = sentence.range.lowerBound
            while start < sentence.range.upperBound {
                let end = Self.clauseEnd(text, from: start, before: sentence.range.upperBound)
                if let clause = Self.clause(
                    text, start..<end, sentence: index, isLast: end == sentence.range.upperBound)
                {
                    clauses.append(clause)
                }
                start = end
            }
        }
        self.clauses = clauses
    }

    // MARK: Finding words

    func string(_ range: Range<Int>) -> String { text[range] }

    /// The first place of `phrase` within `range`.
    func position(of phrase: String, in range: Range<Int>) -> Range<Int>? {
        Self.position(of: phrase, in: text, range)
    }

    func contains(_ phrase: String, in range: Range<Int>? = nil) -> Bool {
        if let range { return position(of: phrase, in: range) != nil }
        return sentences.contains { position(of: phrase, in: $0.range) != nil }
    }

    /// How often `phrase` stands in the scene.
    func count(of phrase: String) -> Int {
        sentences.reduce(0) { $0 + string($1.range).components(of: phrase) }
    }

    private static func position(of phrase: String, in text: TimedText, _ range: Range<Int>) -> Range<Int>? {
        let needle = Array(phrase)
        guard let first = needle.first, range.count >= needle.count else { return nil }
        for index in range.lowerBound...(range.upperBound - needle.count) where text.characters[index] == first {
            if text.characters[index..<(index + needle.count)].elementsEqual(needle) {
                return index..<(index + needle.count)
            }
        }
        return nil
    }

    // MARK: Labels

    /// As much of `range` as fits a box, without punctuation at its ends.
    func label(_ range: Range<Int>) -> Range<Int>? { JapaneseScript.condensed(text, range) }

    // MARK: Clauses

    private static let commas: Set<Character> = ["、", "，", ","]

    private static func clauseEnd(_ text: TimedText, from start: Int, before limit: Int) -> Int {
        var begin = start
        while let cue = JapaneseCue.cue(in: text.characters, at: begin, before: limit) { begin += cue.length }
        for index in begin..<limit {
            if commas.contains(text.characters[index]), endsClause(text, begin..<index) { return index + 1 }
            if index - begin >= 4, index + 2 < limit, waits(text, from: begin, before: index) { return index }
        }
        return limit
    }

    /// `…すると`, `…たら`, `…れば` in front of a noun, where no comma marks the seam.
    private static func waits(_ text: TimedText, from start: Int, before index: Int) -> Bool {
        let characters = text.characters
        if index - start >= 4, characters[(index - 3)..<index].elementsEqual("場合は") { return true }
        guard JapaneseScript.isNounCharacter(characters[index]) || characters[index] == "さ",
            let last = characters[start..<index].last, "とらばで".contains(last)
        else { return false }
        guard !"思言考呼感聞見".contains(characters[index]) else { return false }
        guard let (ending, _) = JapaneseClause.ending(in: characters, from: start, before: index) else { return false }
        if last == "で" { return characters[(index - 4)..<index].elementsEqual("ところで") }
        if last == "ら" { return "ただ".contains(characters[index - 2]) }
        return ending == .whenever || ending == .condition
    }

    /// Whether what stands before a comma is a clause and not an item of a list or an adverb.
    private static func endsClause(_ text: TimedText, _ range: Range<Int>) -> Bool {
        guard range.count >= 3, let last = range.last else { return false }
        let characters = text.characters
        let hasParticle = range.dropFirst().contains {
            "をがにはでもへと".contains(characters[$0]) && $0 < last
        }
        guard hasParticle || range.count >= 6 else { return false }
        if JapaneseClause.ending(in: characters, from: range.lowerBound, before: range.upperBound) != nil {
            let isOrigin =
                characters[(last - 1)...last].elementsEqual("から")
                && JapaneseScript.isNounCharacter(characters[last - 2])
            return !isOrigin
        }
        guard JapaneseScript.isHiragana(characters[last]) else { return false }
        switch characters[last] {
        case "は", "に", "を", "へ", "も", "の", "や", "か", "と", "が": return false
        case "で":
            // `大きく三つで、` is no clause; `…からで、`, `…んで、` are.
            return !JapaneseScript.isKanji(characters[last - 1]) || position(of: "は", in: text, range) != nil
        default: return true
        }
    }

    private static func clause(
        _ text: TimedText, _ whole: Range<Int>, sentence: Int, isLast: Bool
    ) -> JapaneseClause? {
        var cues: Set<JapaneseCue> = []
        var start = whole.lowerBound
        while let (cue, length) = JapaneseCue.cue(in: text.characters, at: start, before: whole.upperBound) {
            cues.insert(cue)
            start += length
        }
        var end = whole.upperBound
        while end > start, "、，,。！？!?. 　」".contains(text.characters[end - 1]) { end -= 1 }
        guard end - start >= 2 else { return nil }
        let body = start..<end
        let found = JapaneseClause.ending(in: text.characters, from: start, before: end)
        let ending: JapaneseClause.Ending = isLast ? .final : found?.0 ?? .joined
        let coreEnd = isLast ? end : end - (found?.dropped ?? 0)
        let core = start..<max(start + 1, coreEnd)
        let topic = topic(text, core)
        let predicate = topic.map { min($0.upperBound + 1, core.upperBound - 1)..<core.upperBound } ?? core
        return JapaneseClause(
            whole: whole, body: body, core: core, sentence: sentence, cues: cues, ending: ending,
            topic: topic.flatMap { trimmed(text, $0) }, lead: lead(text, core), predicate: predicate)
    }

    /// What stands before the first `は`.
    private static func topic(_ text: TimedText, _ range: Range<Int>) -> Range<Int>? {
        for index in range.dropFirst().prefix(22) where text.characters[index] == "は" {
            guard index + 1 < range.upperBound else { return nil }
            // `…てはいけない` and `はじめ` hold no topic.
            if "てじ".contains(text.characters[index - 1]) && "いじ".contains(text.characters[index + 1]) { continue }
            if text.characters[index + 1] == "じ" { continue }
            return range.lowerBound..<index
        }
        return nil
    }

    /// Without `には`, `では`, `からは` and `この` around the noun.
    private static func trimmed(_ text: TimedText, _ topic: Range<Int>) -> Range<Int>? {
        var range = topic
        for ending in ["から", "まで", "に", "で", "と"] where range.count > ending.count + 0 {
            let tail = Array(ending)
            if range.count > tail.count,
                text.characters[(range.upperBound - tail.count)..<range.upperBound].elementsEqual(tail)
            {
                range = range.lowerBound..<(range.upperBound - tail.count)
                break
            }
        }
        return range.isEmpty ? nil : range
    }

    private static let demonstratives = ["この", "その", "これらの", "それらの", "あの"]

    /// The phrase before the first particle, without `この`.
    private static func lead(_ text: TimedText, _ range: Range<Int>) -> Range<Int>? {
        var start = range.lowerBound
        for word in demonstratives where range.count > word.count {
            if text.characters[start..<(start + word.count)].elementsEqual(word) {
                start += word.count
                break
            }
        }
        for index in (start..<range.upperBound).dropFirst().prefix(14) {
            guard "はがをにでもへと".contains(text.characters[index]) || isFrom(text, index, range) else { continue }
            return start..<index
        }
        return nil
    }

    private static func isFrom(_ text: TimedText, _ index: Int, _ range: Range<Int>) -> Bool {
        index + 1 < range.upperBound && text.characters[index] == "か" && text.characters[index + 1] == "ら"
    }
}

extension String {
    fileprivate func components(of phrase: String) -> Int {
        var count = 0
        var rest = self[...]
        while let found = rest.firstRange(of: phrase) {
            count += 1
            rest = rest[found.upperBound...]
        }
        return count
    }
}
