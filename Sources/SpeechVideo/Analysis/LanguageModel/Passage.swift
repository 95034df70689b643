/// As much of the recording as a model is asked about at once: whole stretches between changes of topic.
struct Passage: Sendable {
    let text: TimedText
    let cuts: [SceneCutter.Cut]
    /// The fewest scenes the passage must give, so that a video has chapters.
    let fewestScenes: Int

    var sentences: [Sentence] { cuts.flatMap(\.sentences) }
    /// Milliseconds.
    var span: Range<Int64> {
        guard let first = cuts.first, let last = cuts.last else { return 0..<0 }
        return first.span.lowerBound..<last.span.upperBound
    }

    /// About six minutes of speech: its scenes fit into an answer of 8,192 tokens.
    private static let mostLetters = 5_000
    private static let mostCharacters = 2_000

    static func passages(of text: TimedText) -> [Passage] {
        let cuts = SceneCutter(text: text).takes(of: text.sentences())
        let most = text.language.separatesWords ? mostLetters : mostCharacters
        var groups: [[SceneCutter.Cut]] = []
        var length = 0
        for cut in cuts {
            let own = cut.sentences.reduce(0) { $0 + $1.range.count }
            if groups.isEmpty || length + own > most {
                groups.append([])
                length = 0
            }
            groups[groups.count - 1].append(cut)
            length += own
        }
        let needsChapters = groups.count == 1 && text.duration >= 30_000
        return groups.map { group in
            let sentences = group.reduce(0) { $0 + $1.sentences.count }
            return Passage(text: text, cuts: group, fewestScenes: needsChapters ? min(3, sentences) : 1)
        }
    }
}
