/// Accepts a proposal only when everything in it can be found in the narration.
struct ProposalCheck: Sendable {
    let passage: Passage
    let model: String

    private static let mostNodes = 12
    private static let mostEdges = 24
    private static let longestTitle = 60

    func scenes(of proposal: ProposedScenes) throws(ProposalMistakes) -> [Scene] {
        var mistakes: [String] = []
        let sentences = passage.sentences
        var next = 1
        for (index, item) in proposal.scenes.enumerated() {
            if item.first_sentence != next || item.last_sentence < item.first_sentence {
                mistakes.append(
                    "Scene \(index + 1) must begin with sentence \(next) and end with it or a later one, not \(item.first_sentence) to \(item.last_sentence)."
                )
            }
            next = item.last_sentence + 1
        }
        if next != sentences.count + 1 {
            mistakes.append("The scenes must cover sentences 1 to \(sentences.count); yours end with \(next - 1).")
        }
        if proposal.scenes.count < passage.fewestScenes {
            mistakes.append("Make at least \(passage.fewestScenes) scenes, not \(proposal.scenes.count).")
        }
        guard mistakes.isEmpty else { throw ProposalMistakes(mistakes) }
        var scenes: [Scene] = []
        for (index, item) in proposal.scenes.enumerated() {
            if let scene = scene(item, number: index + 1, sentences, &mistakes) { scenes.append(scene) }
        }
        guard mistakes.isEmpty else { throw ProposalMistakes(mistakes) }
        return scenes
    }

    private func scene(
        _ item: ProposedScenes.Item, number: Int, _ sentences: [Sentence], _ mistakes: inout [String]
    ) -> Scene? {
        let own = Array(sentences[(item.first_sentence - 1)..<item.last_sentence])
        let start = item.first_sentence == 1 ? passage.span.lowerBound : own[0].start
        let end = item.last_sentence == sentences.count ? passage.span.upperBound : sentences[item.last_sentence].start
        let narration = Narration(text: passage.text, sentences: own)
        var problems: [String] = []
        guard let type = Scene.Kind(rawValue: item.type), let direction = Scene.Direction(rawValue: item.direction)
        else {
            mistakes.append(
                "Scene \(number) has an unknown type '\(item.type.prefix(20))' or direction '\(item.direction.prefix(20))'."
            )
            return nil
        }
        if item.title.isEmpty || item.title.count > Self.longestTitle {
            problems.append("the title must have 1 to \(Self.longestTitle) characters")
        }
        if !(1...Self.mostNodes).contains(item.nodes.count) {
            problems.append("it has \(item.nodes.count) nodes instead of 1 to \(Self.mostNodes)")
        }
        let nodes = self.nodes(item, type, narration, start..<max(start + 1, end), &problems)
        let edges = self.edges(item, type, nodes, narration, &problems)
        if type != .keypoints, item.nodes.count < 2 { problems.append("a \(type.rawValue) needs at least 2 nodes") }
        guard problems.isEmpty else {
            mistakes += problems.map { "Scene \(number): \($0)." }
            return nil
        }
        return Scene(
            id: number, start: .init(milliseconds: start), end: .init(milliseconds: end), title: item.title, type: type,
            direction: direction, nodes: nodes, edges: edges, evidence: narration.quoted,
            score: min(1, max(0, item.confidence)), analyser: model)
    }

    private func nodes(
        _ item: ProposedScenes.Item, _ type: Scene.Kind, _ narration: Narration, _ span: Range<Int64>,
        _ problems: inout [String]
    ) -> [Scene.Node] {
        var nodes: [Scene.Node] = []
        let ids = Set(item.nodes.map(\.id))
        if ids.count < item.nodes.count { problems.append("two nodes have the same id") }
        for node in item.nodes {
            let name = "node '\(node.id.prefix(40))'"
            if node.id.wholeMatch(of: /[a-z0-9_]{1,40}/) == nil {
                problems.append("the id of \(name) must be lower-case letters, digits and underscores")
            }
            if node.label.isEmpty || node.label.count > Scene.longestLabel {
                problems.append("the label of \(name) must have 1 to \(Scene.longestLabel) characters")
            }
            let group = node.group.flatMap { $0.isEmpty ? nil : $0 }
            if let group, type != .comparison || !ids.contains(group) || group == node.id {
                problems.append("the group '\(group.prefix(40))' of \(name) is not the id of a side")
            }
            guard let position = narration.position(of: node.evidence) else {
                problems.append("the evidence of \(name) is not in its sentences; copy it word for word")
                continue
            }
            if !narration.supports(node.label) {
                problems.append("the label of \(name) says what the narration does not say")
            }
            let time = min(max(passage.text.starts[position], span.lowerBound), span.upperBound - 1)
            nodes.append(.init(id: node.id, label: node.label, t: .init(milliseconds: time), group: group))
        }
        if type == .comparison, Set(item.nodes.compactMap(\.group).filter { !$0.isEmpty }).count < 2 {
            problems.append("a comparison needs points in the groups of at least two sides")
        }
        return nodes
    }

    private func edges(
        _ item: ProposedScenes.Item, _ type: Scene.Kind, _ nodes: [Scene.Node], _ narration: Narration,
        _ problems: inout [String]
    ) -> [Scene.Edge] {
        var edges: [Scene.Edge] = []
        let ids = Set(item.nodes.map(\.id))
        let times = Dictionary(nodes.map { ($0.id, $0.t) }) { first, _ in first }
        if item.edges.count > Self.mostEdges { problems.append("it has more than \(Self.mostEdges) edges") }
        if [.flow, .tree, .cycle].contains(type), item.edges.isEmpty {
            problems.append("a \(type.rawValue) needs edges")
        }
        for edge in item.edges.prefix(Self.mostEdges) {
            let label = edge.label ?? ""
            guard ids.contains(edge.from), ids.contains(edge.to), edge.from != edge.to else {
                problems.append(
                    "the edge from '\(edge.from.prefix(40))' to '\(edge.to.prefix(40))' must join two nodes of the scene"
                )
                continue
            }
            if label.count > Scene.longestLabel || !narration.supports(label) {
                problems.append(
                    "the label '\(label.prefix(40))' of an edge must be short and use words of the narration")
            }
            guard let from = times[edge.from], let to = times[edge.to] else { continue }
            edges.append(.init(from: edge.from, to: edge.to, label: label, t: max(from, to)))
        }
        return edges
    }
}
