/// Every diagram that a Japanese scene could be, each with its confidence.
enum JapaneseDrafts {
    static func drafts(_ text: TimedText, _ sentences: [Sentence]) -> [Draft] { [] }
}
