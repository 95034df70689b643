/// Writes a draft down as a scene: quotations become labels, characters become times.
struct SceneWriter: Sendable {
    let text: TimedText

    func scene(id: Int, of take: Take) -> Scene {
        let draft = take.draft
        let order = draft.nodes.indices
        let nodes = order.map { index in
            Scene.Node(
                id: "n\(index + 1)", label: text[draft.nodes[index].quote], t: time(draft.nodes[index].quote, in: take),
                group: draft.nodes[index].group.map { "n\($0 + 1)" })
        }
        let edges = draft.edges.map { edge in
            Scene.Edge(
                from: nodes[edge.from].id, to: nodes[edge.to].id, label: edge.label.map { text[$0] } ?? "",
                t: max(nodes[edge.from].t, nodes[edge.to].t))
        }
        return Scene(
            id: id, start: .init(milliseconds: take.span.lowerBound), end: .init(milliseconds: take.span.upperBound),
            title: TitleChooser(text: text).title(of: take), type: draft.kind, direction: draft.direction, nodes: nodes,
            edges: edges, evidence: evidence(of: take), score: draft.score, analyser: "rules")
    }

    /// Nothing appears before its scene begins or when it is over.
    private func time(_ quote: Range<Int>, in take: Take) -> MediaTime {
        let last = max(take.span.lowerBound, take.span.upperBound - 1)
        return .init(milliseconds: min(max(text.starts[quote.lowerBound], take.span.lowerBound), last))
    }

    private func evidence(of take: Take) -> String {
        let quotes = take.draft.nodes.map(\.quote)
        let used = take.sentences.filter { sentence in quotes.contains { $0.overlaps(sentence.range) } }
        let shown = used.isEmpty ? Array(take.sentences.prefix(1)) : used
        return shown.map { text[$0.range] }.joined(separator: text.language.separatesWords ? " " : "")
    }
}
