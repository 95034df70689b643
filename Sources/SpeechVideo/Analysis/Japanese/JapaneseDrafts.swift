/// Every diagram that a Japanese scene could be, each with its confidence.
enum JapaneseDrafts {
    static func drafts(_ text: TimedText, _ sentences: [Sentence]) -> [Draft] {
        let reader = JapaneseReader(text, sentences)
        let tone = JapaneseTone(reader)
        var drafts = JapaneseSteps(reader: reader, tone: tone).drafts()
        if let tree = JapaneseTree(reader: reader, tone: tone).draft() { drafts.append(tree) }
        if let timeline = JapaneseTimeline(reader: reader, tone: tone).draft() { drafts.append(timeline) }
        if let comparison = JapaneseComparison(reader: reader, tone: tone).draft() { drafts.append(comparison) }
        return drafts
    }
}
