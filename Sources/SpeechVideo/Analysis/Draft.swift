import Foundation

/// A diagram in the making: everything in it is a range of the transcript's characters.
struct Draft: Sendable {
    var kind: Scene.Kind
    /// Confidence in the type, 0 to 1.
    var score: Double
    var nodes: [Node]
    var edges: [Edge] = []
    var direction: Scene.Direction = .leftToRight

    struct Node: Sendable {
        var quote: Range<Int>
        /// In a comparison the position of the heading that the node stands under.
        var group: Int?
    }

    struct Edge: Sendable {
        /// Positions in `nodes`.
        var from: Int
        var to: Int
        var label: Range<Int>?
    }

    /// The most a viewer can take in while somebody talks.
    static let mostNodes = 12

    /// Keeps the first nodes and the edges between them.
    func limited() -> Draft {
        guard nodes.count > Self.mostNodes else { return self }
        var draft = self
        draft.nodes = Array(nodes.prefix(Self.mostNodes))
        draft.edges = edges.filter { $0.from < Self.mostNodes && $0.to < Self.mostNodes }
        return draft
    }

    /// Turns a sum of evidence into a confidence: 0.5 at `even`, rising to 0.98.
    static func confidence(_ evidence: Double, even: Double) -> Double {
        let distance = (evidence - even) * 0.9
        let value = 1 / (1 + exp(-distance))
        return min(0.98, (value * 100).rounded() / 100)
    }
}
