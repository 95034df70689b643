/// Cuts a recording into stretches of 15 to 45 seconds at changes of topic.
struct SceneCutter: Sendable {
    let text: TimedText

    static let shortest: Int64 = 15_000
    static let longest: Int64 = 45_000

    struct Cut: Sendable {
        var span: Range<Int64>
        var sentences: [Sentence]
    }

    /// Consecutive stretches from zero to the end of the recording.
    func takes(of sentences: [Sentence]) -> [Cut] {
        let words = sentences.map { contentWords(of: $0) }
        var groups: [[Int]] = []
        var current: [Int] = []
        for index in sentences.indices {
            if let first = current.first, startsNewScene(index, first: first, sentences, words) {
                groups.append(current)
                current = []
            }
            current.append(index)
        }
        if !current.isEmpty { groups.append(current) }
        if groups.count > 1, let last = groups.last, let before = groups.dropLast().last,
            length(last, sentences) < Self.shortest / 2, length(before + last, sentences) <= Self.longest
        {
            groups.removeLast(2)
            groups.append(before + last)
        }
        var cuts: [Cut] = []
        var start: Int64 = 0
        for (position, group) in groups.enumerated() {
            let end = position + 1 < groups.count ? sentences[groups[position + 1][0]].start : text.duration
            cuts.append(Cut(span: start..<max(start, end), sentences: group.map { sentences[$0] }))
            start = max(start, end)
        }
        return cuts
    }

    private func length(_ group: [Int], _ sentences: [Sentence]) -> Int64 {
        guard let first = group.first, let last = group.last else { return 0 }
        return sentences[last].end - sentences[first].start
    }

    /// The bar for a new topic falls as the scene grows.
    private func startsNewScene(_ index: Int, first: Int, _ sentences: [Sentence], _ words: [Set<String>]) -> Bool {
        let begun = first == 0 ? 0 : sentences[first].start
        let soFar = sentences[index].start - begun
        let withIt = sentences[index].end - begun
        guard soFar >= Self.shortest else { return false }
        if withIt > Self.longest { return true }
        let before = words[max(first, index - 3)..<index].reduce(into: Set<String>()) { $0.formUnion($1) }
        let after = words[index..<min(words.count, index + 3)].reduce(into: Set<String>()) { $0.formUnion($1) }
        let shared = Double(before.intersection(after).count)
        let cohesion = shared / Double(max(1, min(before.count, after.count)))
        let pause = index > 0 ? sentences[index].start - sentences[index - 1].end : 0
        var change = 0.45 - cohesion
        if opensTopic(sentences[index]) { change += 0.5 }
        if continuesTopic(sentences[index]) { change -= 0.6 }
        if pause > 1_200 { change += 0.2 }
        change += Double(soFar - 25_000) / 60_000
        return change > 0.35
    }

    private static let openers = [
        "now let", "let's talk", "let us", "next topic", "moving on", "another thing", "the next topic", "on to",
        "let me tell",
        "turning to", "when it comes to", "as for", "so let's", "okay so", "another topic", "finally let", "now for",
        "さて", "では次", "それでは", "次の話", "続いての", "話は変わ", "ところで", "次のテーマ", "最後の話題", "では、次",
    ]
    private static let continuers = [
        "then ", "next ", "after ", "finally", "second", "third", "it ", "this ", "these ", "they ", "that ",
        "otherwise",
        "if ", "and ", "once ", "in contrast", "by contrast", "on the other hand", "lastly", "from there", "when ",
        "次に", "その後", "それから", "最後に", "一方", "これ", "それ", "この", "その", "そして", "また", "続いて", "さらに",
    ]

    private func opensTopic(_ sentence: Sentence) -> Bool { begins(sentence, with: Self.openers) }
    private func continuesTopic(_ sentence: Sentence) -> Bool { begins(sentence, with: Self.continuers) }

    private func begins(_ sentence: Sentence, with phrases: [String]) -> Bool {
        let opening = text[sentence.range.prefix(24).lowerBound..<sentence.range.prefix(24).upperBound].lowercased()
        return phrases.contains { opening.hasPrefix($0) }
    }

    private func contentWords(of sentence: Sentence) -> Set<String> {
        switch text.language {
        case .japanese: Set(JapaneseScript.nouns(in: text, sentence.range).map { text[$0] })
        default:
            Set(
                EnglishToken.tokens(of: text, in: sentence.range).map(\.word).filter {
                    $0.count > 2 && !EnglishWords.stop.contains($0)
                }.map(EnglishReader.stem))
        }
    }
}
