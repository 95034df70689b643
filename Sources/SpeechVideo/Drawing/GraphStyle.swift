/// How closely Graphviz places a graph, and which way the graph grows.
struct GraphStyle: Hashable {
    var direction: Scene.Direction
    /// True breaks labels earlier, cuts long ones of edges and narrows the gaps, so that a large graph keeps readable
    /// letters.
    var isTight: Bool = false
    /// False leaves out the labels of edges: without them the nodes of a very large graph can still be read.
    var showsEdgeLabels: Bool = true

    /// Below this scale, at which the letters of nodes have 11 pixels, labels of edges are given up.
    static let leastScale: Double = 0.44

    /// The styles to try, the preferred one first.
    static func candidates(wanted: Scene.Direction) -> [GraphStyle] {
        let other: Scene.Direction = wanted == .leftToRight ? .topToBottom : .leftToRight
        let labelled = [false, true].flatMap { isTight in
            [wanted, other].map { GraphStyle(direction: $0, isTight: isTight) }
        }
        return labelled + [wanted, other].map { GraphStyle(direction: $0, isTight: true, showsEdgeLabels: false) }
    }

    /// Widest line of a node's label, unless one word is wider.
    var labelWidth: Double {
        switch direction {
        case .leftToRight: isTight ? 130 : 200
        case .topToBottom: isTight ? 170 : 320
        }
    }

    /// Words up to this width are never broken; about 23 Latin letters, or 14 in the closest style.
    var longestWord: Double { showsEdgeLabels ? 300 : 180 }

    /// Widest line of an edge's label, unless one word is wider.
    var edgeLabelWidth: Double { isTight ? 110 : 190 }

    /// Inches between the nodes of a rank.
    var nodeGap: Double { isTight ? 0.3 : 0.4 }

    /// Inches between ranks. Graphviz puts labels on ranks of their own, so there the gap counts twice.
    func rankGap(labelled: Bool) -> Double {
        switch (labelled, isTight) {
        case (true, true): 0.2
        case (true, false): 0.35
        case (false, true): 0.5
        case (false, false): 0.7
        }
    }
}
