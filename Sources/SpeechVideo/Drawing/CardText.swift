/// Sizes of cards from their labels, the same in every layout.
enum CardText {
    static let size: Double = 25
    static let edgeSize: Double = 20
    static let paddingX: Double = 26
    static let paddingY: Double = 20
    static let gap: Double = 56

    static func block(_ label: String, width: Double = 270, weight: Typeface.Weight = .regular) -> TextBlock {
        TextBlock(label, size: size, weight: weight, width: width)
    }

    /// Labels of a graph: narrow where the graph grows to the right, wide where it grows downward.
    static func block(_ label: String, style: GraphStyle) -> TextBlock {
        let word = TextBlock.widestPiece(of: label, size: size)
        return block(label, width: min(max(style.labelWidth, word), style.longestWord))
    }

    static func edge(_ label: String, style: GraphStyle) -> TextBlock {
        guard style.showsEdgeLabels else { return .empty }
        let word = TextBlock.widestPiece(of: label, size: edgeSize)
        let width = min(max(style.edgeLabelWidth, word), 190)
        let block = edge(label, width: width)
        return style.isTight ? block.limited(to: 3, width: width) : block
    }

    static func edge(_ label: String, width: Double = 190) -> TextBlock {
        label.isEmpty ? .empty : TextBlock(label, size: edgeSize, width: width)
    }

    static func width(_ block: TextBlock) -> Double { max(120, block.width + 2 * paddingX).rounded(.up) }
    static func height(_ block: TextBlock) -> Double { max(72, block.height + 2 * paddingY).rounded(.up) }
}

extension Scene {
    /// When an edge can be seen: not before both of its ends.
    func time(of edge: Edge) -> MediaTime {
        let ends = nodes.filter { $0.id == edge.from || $0.id == edge.to }.map(\.t)
        return max(edge.t, ends.max() ?? edge.t)
    }

    /// The order of the nodes when the edges form one path through all of them, else nil.
    var chain: [Node]? {
        guard nodes.count > 1, edges.count == nodes.count - 1 else { return nil }
        var next: [String: String] = [:]
        var hasBefore: Set<String> = []
        for edge in edges {
            guard next.updateValue(edge.to, forKey: edge.from) == nil, hasBefore.insert(edge.to).inserted else {
                return nil
            }
        }
        guard var id = nodes.first(where: { !hasBefore.contains($0.id) })?.id else { return nil }
        var ids = [id]
        while let following = next[id] {
            ids.append(following)
            id = following
        }
        guard ids.count == nodes.count else { return nil }
        return ids.compactMap { id in nodes.first { $0.id == id } }
    }

    /// The order of the nodes when the edges form one ring through all of them, else nil.
    var ring: [Node]? {
        guard nodes.count > 1, edges.count == nodes.count, let last = edges.last else { return nil }
        // Without any one of its edges a ring is a chain.
        var cut = self
        cut.edges.removeLast()
        guard let chain = cut.chain, chain.last?.id == last.from, chain.first?.id == last.to else {
            return nil
        }
        return chain
    }
}
