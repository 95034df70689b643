/// One sentence, or where punctuation is missing one breath, as a range of characters.
struct Sentence: Hashable, Sendable {
    var range: Range<Int>
    var start: Int64
    var end: Int64
    var isQuestion: Bool
}

extension TimedText {
    /// The sentences in order. Text without punctuation is cut at pauses, segment borders and at last by length.
    func sentences() -> [Sentence] {
        var sentences: [Sentence] = []
        var start = 0
        let longest = language.separatesWords ? 360 : 120
        let borders = Set(segmentStarts)
        for index in characters.indices {
            let next = index + 1
            let isLast = next == characters.count
            var isEnd = isLast || endsSentence(at: index)
            if !isEnd, next - start > longest / 2 {
                isEnd =
                    borders.contains(next) || (next - start > longest && isBoundary(next))
                    || next - start > longest * 2
            }
            if !isEnd, isPause(before: next), next - start > 12, isBoundary(next), !hasPunctuation {
                isEnd = true
            }
            guard isEnd else { continue }
            append(start..<next, to: &sentences)
            start = next
        }
        return sentences
    }

    private var hasPunctuation: Bool {
        characters.prefix(1_000).contains { ".!?。！？".contains($0) }
    }

    private func isBoundary(_ position: Int) -> Bool {
        guard position < characters.count else { return true }
        return !language.separatesWords || characters[position].isWhitespace || characters[position - 1].isWhitespace
    }

    private func isPause(before position: Int) -> Bool {
        guard position < starts.count else { return false }
        return starts[position] - starts[position - 1] > 900
    }

    private func endsSentence(at index: Int) -> Bool {
        switch characters[index] {
        case "。", "！", "？", "．", "…": return true
        case "!", "?": return index + 1 == characters.count || !"!?".contains(characters[index + 1])
        case ".":
            guard index + 1 < characters.count else { return true }
            guard characters[index + 1].isWhitespace || "\"”')".contains(characters[index + 1]) else { return false }
            return !endsAbbreviation(at: index)
        default: return false
        }
    }

    /// `a.m.`, `Dr.` and single letters do not end a sentence unless a capital letter follows `a.m.`.
    private func endsAbbreviation(at index: Int) -> Bool {
        var start = index
        while start > 0, !characters[start - 1].isWhitespace { start -= 1 }
        let word = String(characters[start...index]).lowercased()
        if ["dr.", "mr.", "mrs.", "ms.", "st.", "no.", "vs.", "etc.", "e.g.", "i.e."].contains(word) { return true }
        let isClock = ["a.m.", "p.m."].contains(word)
        let isInitial = index - start == 1 && characters[start].isUppercase && characters[start] != "I"
        guard isClock || isInitial else { return false }
        if isInitial { return true }
        return index + 2 < characters.count && characters[index + 2].isLowercase
    }

    private func append(_ range: Range<Int>, to sentences: inout [Sentence]) {
        var range = range
        while let first = range.first, characters[first].isWhitespace { range = (first + 1)..<range.upperBound }
        while let last = range.last, characters[last].isWhitespace { range = range.lowerBound..<last }
        guard range.contains(where: { characters[$0].isLetter || characters[$0].isNumber || characters[$0].isSymbol })
        else { return }
        sentences.append(
            Sentence(
                range: range, start: starts[range.lowerBound],
                end: range.upperBound < starts.count ? starts[range.upperBound] : duration,
                isQuestion: "?？".contains(characters[range.upperBound - 1])))
    }
}
