/// Every diagram that an English scene could be, each with its confidence.
enum EnglishDrafts {
    static func drafts(_ text: TimedText, _ sentences: [Sentence]) -> [Draft] {
        let reader = EnglishReader(text, sentences)
        let tone = EnglishTone(reader)
        var drafts = EnglishSteps(reader: reader, tone: tone).drafts()
        if let tree = EnglishTree(reader: reader, tone: tone).draft() { drafts.append(tree) }
        if let timeline = EnglishTimeline(reader: reader, tone: tone).draft() { drafts.append(timeline) }
        if let comparison = EnglishComparison(reader: reader, tone: tone).draft() { drafts.append(comparison) }
        return drafts
    }
}
