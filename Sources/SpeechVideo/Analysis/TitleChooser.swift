/// Names a scene with its own words.
struct TitleChooser: Sendable {
    let text: TimedText

    private static let longest = 60

    func title(of take: Take) -> String {
        let candidates = take.sentences.flatMap { self.candidates(in: $0) }
        var counts: [String: Int] = [:]
        for candidate in candidates { for word in candidate.words { counts[word, default: 0] += 1 } }
        var best: (range: Range<Int>, weight: Double)?
        for (index, candidate) in candidates.enumerated() {
            var weight = 0.0
            for word in candidate.words { weight += Double(counts[word] ?? 0) }
            weight =
                weight / Double(max(1, candidate.words.count)).squareRoot() + (index == 0 ? 0.6 : 0)
                + (index < 4 ? 0.3 : 0)
            if best.map({ weight > $0.weight + 0.001 }) ?? true { best = (candidate.range, weight) }
        }
        let fallback = take.draft.nodes.first?.quote ?? take.sentences.first?.range ?? 0..<0
        let range = best?.range ?? fallback
        let title = text[range.lowerBound..<min(range.upperBound, range.lowerBound + Self.longest)]
        return title.prefix(1).uppercased() + title.dropFirst()
    }

    private func candidates(in sentence: Sentence) -> [(range: Range<Int>, words: [String])] {
        if case .japanese = text.language {
            return JapaneseScript.nouns(in: text, sentence.range).filter { $0.count >= 2 }.map { ($0, [text[$0]]) }
        }
        var found: [(Range<Int>, [String])] = []
        let tokens = EnglishToken.tokens(of: text, in: sentence.range)
        var start = 0
        for index in 0...tokens.count {
            let isContent = index < tokens.count && isContent(tokens[index])
            let isSplit = index > start && (tokens[index - 1].followedByComma || tokens[index - 1].followedByStop)
            if !isContent || isSplit || index - start >= 3 {
                if index > start {
                    let range = tokens[start].range.lowerBound..<tokens[index - 1].range.upperBound
                    found.append((range, tokens[start..<index].map { EnglishReader.stem($0.word) }))
                }
                start = isContent ? index : index + 1
            }
        }
        return found
    }

    private func isContent(_ token: EnglishToken) -> Bool {
        guard token.word.count > 2, !EnglishWords.stop.contains(token.word) else { return false }
        let forms = token.forms
        return forms.isEmpty || forms.contains(.base) && !forms.contains(.past)
    }
}
