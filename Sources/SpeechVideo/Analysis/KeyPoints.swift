/// The outline card: one condensed quotation for each of the main sentences.
struct KeyPoints: Sendable {
    let text: TimedText

    private static let most = 6

    func draft(of sentences: [Sentence], bestDiagram: Double) -> Draft {
        var points: [(quote: Range<Int>, weight: Double)] = []
        for (index, sentence) in clauses(of: sentences).enumerated() {
            guard let point = point(of: sentence), !points.contains(where: { $0.quote.overlaps(point) }) else {
                continue
            }
            points.append((point, Double(sentence.range.count) + (index == 0 ? 20 : 0)))
        }
        if points.isEmpty, let first = sentences.first {
            points.append((first.range.lowerBound..<min(first.range.upperBound, first.range.lowerBound + 40), 1))
        }
        let heaviest = points.sorted { ($1.weight, $0.quote.lowerBound) < ($0.weight, $1.quote.lowerBound) }
            .prefix(Self.most).sorted { $0.quote.lowerBound < $1.quote.lowerBound }
        let score = max(0.5, ((1 - bestDiagram) * 100).rounded() / 100)
        return Draft(
            kind: .keypoints, score: score, nodes: heaviest.map { .init(quote: $0.quote) }, direction: .topToBottom)
    }

    /// The clauses where there are too few sentences for a card: a long one alone says more than its beginning.
    private func clauses(of sentences: [Sentence]) -> [Sentence] {
        guard sentences.count <= 2 else { return sentences }
        return sentences.flatMap { sentence in
            let clauses = text.characters[sentence.range].split { ",;:、".contains($0) }.filter(isClause)
            guard clauses.count > 1 else { return [sentence] }
            return clauses.map { clause in
                var part = sentence
                part.range = clause.startIndex..<clause.endIndex
                return part
            }
        }
    }

    /// Four words, or eight letters where words are not separated, can say something.
    private func isClause(_ part: ArraySlice<Character>) -> Bool {
        guard text.language.separatesWords else { return part.count >= 8 }
        return part.split(whereSeparator: \.isWhitespace).count >= 4
    }

    private func point(of sentence: Sentence) -> Range<Int>? {
        switch text.language {
        case .japanese: return JapaneseScript.condensed(text, sentence.range)
        default:
            let reader = EnglishReader(text, [sentence])
            guard let span = reader.spans.first, !span.isEmpty else { return nil }
            let lead = EnglishReader.lead(of: reader.tokens, span)
            return reader.phrase(min(lead.end, span.upperBound - 1)..<span.upperBound, keepingLead: true)
        }
    }
}
