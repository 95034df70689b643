import Foundation
import Model
import Storage

/// What happened to a job and how long each part took: waits, attempts, and the steps within them.
struct JobTimeline {
    /// One part with its place on a scale from 0 to 1,000.
    struct Part {
        let label: String
        let tone: String
        let start: Int
        let width: Int
        let at: PageTime
        let duration: String?
        let detail: String?
        /// A step is part of an attempt.
        let isStep: Bool
    }

    /// Beyond this a timeline is no picture any more.
    static let maximumEntries = 200
    private static let scale = 1_000.0

    let parts: [Part]

    /// - Parameter now: the end of what goes on still.
    init(_ job: Job, journal: [JobEvent], steps: [StepRecord], now: Timestamp, _ texts: PageTexts) {
        let spans = Self.spans(job, journal.sorted { $0.position < $1.position }, steps, texts)
        let end = job.finishedAt ?? max(now, spans.compactMap(\.end).max() ?? job.createdAt)
        let whole = max((end - job.createdAt).fractionalSeconds, 0.001)
        parts = spans.map { span in
            let start = min(max((span.start - job.createdAt).fractionalSeconds / whole, 0), 1) * Self.scale
            let length = ((span.end ?? end) - span.start).fractionalSeconds
            return Part(
                label: span.label, tone: span.tone, start: Int(start),
                width: max(Int(length / whole * Self.scale), 4), at: PageTime(span.start),
                duration: span.end.map { Self.text($0 - span.start, texts) }, detail: span.detail, isStep: span.isStep)
        }
    }

    var fields: [String: Any] { ["parts": parts, "isShown": parts.count > 0] }

    private struct Span {
        let label: String
        let tone: String
        let start: Timestamp
        /// nil while it goes on.
        var end: Timestamp?
        var detail: String?
        var isStep = false
    }

    private struct Entry: Decodable {
        let state: JobState?
        let message: String?
    }

    private static func spans(
        _ job: Job, _ journal: [JobEvent], _ steps: [StepRecord], _ texts: PageTexts
    ) -> [Span] {
        var spans: [Span] = []
        var attempt = 0
        for event in journal {
            guard let entry = try? event.data.decode(Entry.self), let state = entry.state else { continue }
            if !spans.isEmpty {
                spans[spans.count - 1].end = event.at
                if event.type == .error { spans[spans.count - 1].detail = entry.message }
            }
            if state == .leased { attempt += 1 }
            // The end is a moment, which the end of the last part shows.
            guard !state.isTerminal else { continue }
            // A wait that goes on under another name goes on.
            if let last = spans.last, last.tone == "waiting", state != .leased {
                spans[spans.count - 1].end = nil
                continue
            }
            spans.append(
                Span(
                    label: state == .leased
                        ? texts("timeline_attempt", ["n": String(attempt)]) : texts.label("state", state.rawValue),
                    tone: state == .leased ? "running" : "waiting", start: event.at))
        }
        if let finished = job.finishedAt, !spans.isEmpty, spans[spans.count - 1].end == nil {
            spans[spans.count - 1].end = finished
        }
        if job.state == .dead || job.state == .succeeded, let last = spans.last {
            spans[spans.count - 1] = Span(
                label: last.label, tone: job.state == .dead ? "failed" : "done", start: last.start, end: last.end,
                detail: last.detail)
        }
        let own = steps.prefix(maximumEntries).map { step in
            Span(
                label: Self.label(of: step.name, texts), tone: step.reused ? "reused" : "step", start: step.startedAt,
                end: step.finishedAt, detail: step.reused ? texts("timeline_reused") : nil, isStep: true)
        }
        return (spans + own).sorted { ($0.start, $0.isStep ? 1 : 0) < ($1.start, $1.isStep ? 1 : 0) }
    }

    /// A step that is there several times has a number behind its name: `draw-2`.
    private static func label(of step: String, _ texts: PageTexts) -> String {
        guard let match = step.wholeMatch(of: /(.+)-([0-9]+)/) else { return texts.label("stage", step) }
        return texts(
            "timeline_step", ["step": texts.label("stage", String(match.1)), "n": String(match.2)])
    }

    private static func text(_ duration: Duration, _ texts: PageTexts) -> String {
        duration < .seconds(1)
            ? texts("js_milliseconds", ["n": String(Int(duration.fractionalSeconds * 1_000))]) : texts.span(duration)
    }
}
