/// Every diagram that an English scene could be, each with its confidence.
enum EnglishDrafts {
    static func drafts(_ text: TimedText, _ sentences: [Sentence]) -> [Draft] {
        let reader = EnglishReader(text, sentences)
        let tone = EnglishTone(reader)
        var drafts = EnglishSteps(reader: reader, tone: tone).drafts()
        if let tree = EnglishTree(reader: reader, tone: tone).finding() {
            var draft = tree.draft
            var isClear = tree.isClear
            // `the water cycle has four stages`: the stages are parts, too, but they follow each other.
            if !tree.isClear || reader.contains("cycle"),
                let cycle = drafts.first(where: { $0.kind == .cycle && $0.score >= 0.85 })
            {
                draft.score = min(draft.score, cycle.score - 0.01)
                isClear = false
            }
            drafts = (isClear ? lower(drafts, below: draft) : drafts) + [draft]
        }
        if var timeline = EnglishTimeline(reader: reader, tone: tone).draft() {
            // `in March we sow … and then it's March again`: what comes round has days and months, too.
            if tone.past < 0.3, let cycle = drafts.first(where: { $0.kind == .cycle && $0.score >= 0.6 }) {
                timeline.score = min(timeline.score, cycle.score - 0.01)
            }
            drafts.append(timeline)
        }
        if let comparison = EnglishComparison(reader: reader, tone: tone).finding() {
            drafts = (comparison.isClear ? lower(drafts, below: comparison.draft) : drafts) + [comparison.draft]
        }
        return drafts
    }

    /// All are told in the present with verbs of change; only `clear` also explains how its things are ordered.
    private static func lower(_ drafts: [Draft], below clear: Draft) -> [Draft] {
        guard clear.score >= 0.5 else { return drafts }
        return drafts.map { draft in
            guard draft.kind == .flow || draft.kind == .cycle else { return draft }
            var draft = draft
            draft.score = min(draft.score, clear.score - 0.01)
            return draft
        }
    }
}
