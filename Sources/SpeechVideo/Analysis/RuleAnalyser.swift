/// Finds scenes and diagrams by rules of language, offline and in milliseconds.
///
/// It draws a diagram only when the words support one; otherwise a scene is an outline card of its main points.
/// Every label quotes the transcript. The same transcript always gives the same storyboard.
package struct RuleAnalyser: SceneAnalyser {
    /// Which recordings must have several chapters.
    package enum Chapters: Sendable {
        /// At least three scenes from thirty seconds on, for a video with chapters.
        case forVideo
        /// As many as there are topics, for drawing a text.
        case byTopic
    }

    private let chapters: Chapters
    private let threshold: Double

    /// - Parameter threshold: the least confidence for which a diagram is drawn.
    package init(chapters: Chapters = .forVideo, threshold: Double = 0.5) {
        self.chapters = chapters
        self.threshold = threshold
    }

    package var identity: String { "rules-1-\(chapters)-\(Int((threshold * 100).rounded()))" }

    package func analyse(_ transcript: Transcript) async throws -> Storyboard {
        storyboard(of: transcript)
    }

    /// The same without suspending.
    package func storyboard(of transcript: Transcript) -> Storyboard {
        let text = TimedText(transcript)
        let sentences = text.sentences()
        let duration = MediaTime(milliseconds: text.duration)
        guard !sentences.isEmpty, duration > .zero else {
            return Storyboard(language: text.language.code, duration: duration, scenes: [])
        }
        let scenes = scenes(of: SceneCutter(text: text).takes(of: sentences), in: text)
        return Storyboard(language: text.language.code, duration: duration, scenes: scenes)
    }

    /// A scene for each of `cuts`, or more where the recording needs chapters.
    func scenes(of cuts: [SceneCutter.Cut], in text: TimedText) -> [Scene] {
        let takes = joined(
            cuts.map { Take(span: $0.span, sentences: $0.sentences, draft: bestDraft(text, $0.sentences)) }, in: text)
        let isWhole = cuts.first?.span.lowerBound == 0 && cuts.last?.span.upperBound == text.duration
        let divided = chapters == .forVideo && isWhole ? TakeDivider(text: text).divide(takes) : takes
        return divided.enumerated().map { index, take in SceneWriter(text: text).scene(id: index + 1, of: take) }
    }

    /// Joins neighbours that only together tell a diagram, or tell it more fully.
    ///
    /// A cut looks for a change of words; a series that moves from thing to thing changes its words all the time.
    private func joined(_ takes: [Take], in text: TimedText) -> [Take] {
        var result: [Take] = []
        for take in takes {
            guard let last = result.last, take.span.upperBound - last.span.lowerBound <= SceneCutter.longest else {
                result.append(take)
                continue
            }
            let draft = bestDraft(text, last.sentences + take.sentences)
            let apart = [last.draft, take.draft].filter { $0.kind != .keypoints }
            let isFuller = apart.allSatisfy { part in
                draft.score > part.score || draft.kind == part.kind && draft.nodes.count > part.nodes.count
            }
            let isSure = !apart.isEmpty || draft.score >= 0.6
            if draft.kind != .keypoints, isSure, apart.count < 2 || apart[0].kind == apart[1].kind, isFuller {
                result[result.count - 1] = Take(
                    span: last.span.lowerBound..<take.span.upperBound, sentences: last.sentences + take.sentences,
                    draft: draft)
            } else {
                result.append(take)
            }
        }
        return result
    }

    private func bestDraft(_ text: TimedText, _ sentences: [Sentence]) -> Draft {
        let drafts: [Draft] =
            switch text.language {
            case .english: EnglishDrafts.drafts(text, sentences)
            case .japanese: JapaneseDrafts.drafts(text, sentences)
            case .other: []
            }
        let best = drafts.max { $0.score < $1.score }
        if let best, best.score >= threshold, best.nodes.count >= 2 { return best.limited() }
        return KeyPoints(text: text).draft(of: sentences, bestDiagram: best?.score ?? 0)
    }
}

/// A stretch of the recording and the diagram found in it.
struct Take: Sendable {
    /// Milliseconds.
    var span: Range<Int64>
    var sentences: [Sentence]
    var draft: Draft
}
