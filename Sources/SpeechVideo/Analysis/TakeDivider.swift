/// Gives a recording of thirty seconds or more at least three scenes, for chapters.
///
/// A diagram that is told over several scenes keeps growing: each scene shows what the ones before it showed and adds
/// its own part.
struct TakeDivider: Sendable {
    let text: TimedText

    private static let fewest = 3
    private static let fromDuration: Int64 = 30_000

    func divide(_ takes: [Take]) -> [Take] {
        guard text.duration >= Self.fromDuration else { return takes }
        var takes = takes
        while takes.count < Self.fewest {
            guard let longest = takes.indices.max(by: { length(takes[$0]) < length(takes[$1]) }) else { return takes }
            let parts = takes.count == 1 ? Self.fewest : 2
            takes.replaceSubrange(longest...longest, with: split(takes[longest], into: parts))
        }
        return takes
    }

    private func length(_ take: Take) -> Int64 { take.span.upperBound - take.span.lowerBound }

    private func split(_ take: Take, into parts: Int) -> [Take] {
        let share = length(take) / Int64(parts)
        var borders: [Int64] = []
        let candidates = take.sentences.map(\.start) + take.draft.nodes.map { text.starts[$0.quote.lowerBound] }
        for part in 1..<parts {
            let ideal = take.span.lowerBound + share * Int64(part)
            let near = candidates.filter {
                abs($0 - ideal) <= share * 2 / 5 && $0 > (borders.last ?? take.span.lowerBound)
            }
            let best = near.min { (abs($0 - ideal), $0) < (abs($1 - ideal), $1) }
            borders.append(best ?? ideal)
        }
        var pieces: [Take] = []
        let edges = [take.span.lowerBound] + borders + [take.span.upperBound]
        for (start, end) in zip(edges, edges.dropFirst()) {
            let sentences = take.sentences.filter { $0.start < end && $0.end > start }
            pieces.append(
                Take(
                    span: start..<end, sentences: sentences.isEmpty ? Array(take.sentences.prefix(1)) : sentences,
                    draft: grown(take.draft, from: start, until: end)))
        }
        return pieces
    }

    /// What of `draft` is on the screen before `end`.
    private func grown(_ draft: Draft, from start: Int64, until end: Int64) -> Draft {
        func isShown(_ node: Draft.Node) -> Bool { text.starts[node.quote.lowerBound] < end }
        var shown = draft.nodes.indices.filter { isShown(draft.nodes[$0]) }
        if draft.kind == .keypoints {
            let own = shown.filter { text.starts[draft.nodes[$0].quote.lowerBound] >= start }
            if !own.isEmpty { shown = own }
        }
        let headings = Set(shown.compactMap { draft.nodes[$0].group })
        shown = draft.nodes.indices.filter { shown.contains($0) || headings.contains($0) }
        if shown.count < min(2, draft.nodes.count) { shown = Array(draft.nodes.indices.prefix(2)) }
        var map: [Int: Int] = [:]
        for (position, index) in shown.enumerated() { map[index] = position }
        var result = draft
        result.nodes = shown.map {
            Draft.Node(quote: draft.nodes[$0].quote, group: draft.nodes[$0].group.flatMap { map[$0] })
        }
        result.edges = draft.edges.compactMap { edge in
            guard let from = map[edge.from], let to = map[edge.to] else { return nil }
            return Draft.Edge(from: from, to: to, label: edge.label)
        }
        return result
    }
}
