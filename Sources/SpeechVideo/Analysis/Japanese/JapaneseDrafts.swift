/// Every diagram that a Japanese scene could be, each with its confidence.
enum JapaneseDrafts {
    static func drafts(_ text: TimedText, _ sentences: [Sentence]) -> [Draft] {
        let reader = JapaneseReader(text, sentences)
        let tone = JapaneseTone(reader)
        var drafts: [Draft] = []
        if let tree = JapaneseTree(reader: reader, tone: tone).draft() { drafts.append(tree) }
        if let timeline = JapaneseTimeline(reader: reader, tone: tone).draft() { drafts.append(timeline) }
        if let comparison = JapaneseComparison(reader: reader, tone: tone).draft() { drafts.append(comparison) }
        // Most speech runs on like steps, so that any other order that is found weighs more.
        let isOrdered = drafts.contains { $0.score >= 0.5 }
        for var draft in JapaneseSteps(reader: reader, tone: tone).drafts() {
            if isOrdered, draft.kind == .flow { draft.score = (draft.score * 85).rounded() / 100 }
            drafts.insert(draft, at: 0)
        }
        return drafts
    }
}
