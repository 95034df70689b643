/// Every diagram that an English scene could be, each with its confidence.
enum EnglishDrafts {
    static func drafts(_ text: TimedText, _ sentences: [Sentence]) -> [Draft] {
        let reader = EnglishReader(text, sentences)
        let tone = EnglishTone(reader)
        var drafts = EnglishSteps(reader: reader, tone: tone).drafts()
        if let tree = EnglishTree(reader: reader, tone: tone).draft() { drafts.append(tree) }
        if let timeline = EnglishTimeline(reader: reader, tone: tone).draft() { drafts.append(timeline) }
        guard let comparison = EnglishComparison(reader: reader, tone: tone).finding() else { return drafts }
        if comparison.isClear {
            // Both are told in the present with verbs of change; only the comparison explains the going back and forth.
            drafts = drafts.map { draft in
                guard draft.kind == .flow || draft.kind == .cycle else { return draft }
                var draft = draft
                draft.score = min(draft.score, comparison.draft.score - 0.01)
                return draft
            }
        }
        return drafts + [comparison.draft]
    }
}
