import ChildProcesses
import Foundation
import Model

/// Graphs of any shape, laid out by Graphviz `dot` in the style that fills the frame best.
struct GraphLayout {
    let tools: MediaTools

    private static let timeLimit: Duration = .seconds(5)

    func arrange(_ scene: Scene) async throws -> (Arrangement, GraphStyle) {
        let styles = GraphStyle.candidates(wanted: scene.direction)
        var best = (try await arrange(scene, style: styles[0]), styles[0])
        for style in styles.dropFirst() {
            // The asked direction is kept when it can be drawn at full size anyway.
            if best.0.scale >= (style.showsEdgeLabels ? 1 : GraphStyle.leastScale) { break }
            let candidate = try await arrange(scene, style: style)
            if candidate.scale > best.0.scale * 1.05 { best = (candidate, style) }
        }
        return best
    }

    private func arrange(_ scene: Scene, style: GraphStyle) async throws -> Arrangement {
        let source = tools.temporary("dot")
        defer { try? FileManager.default.removeItem(at: source) }
        try Data(DotSource.text(scene, style: style).utf8).write(to: source)
        let command = Command(
            executable: "dot", arguments: ["-Tjson", source.path], environment: tools.environment,
            workingDirectory: tools.scratch,
            limits: ProcessLimits(memory: .gibibytes(1), cpu: GraphLayout.timeLimit, largestFile: .mebibytes(16)),
            timeout: GraphLayout.timeLimit, ledger: tools.ledger, debianPackage: "graphviz", outputLimit: 8 << 20)
        let answer = try await ChildProcess.run(command)
        let graph = try JSONDecoder().decode(DotAnswer.self, from: Data(answer.standardOutput))
        return try arrangement(of: scene, style: style, graph)
    }

    private func arrangement(
        of scene: Scene, style: GraphStyle, _ graph: DotAnswer
    ) throws -> Arrangement {
        let incoming = Set(scene.edges.map(\.to))
        let centers = Dictionary(
            (graph.objects ?? []).compactMap { object in
                DotAnswer.points(object.pos ?? "").first.map { (object.name, $0) }
            }, uniquingKeysWith: { first, _ in first })
        var arrangement = Arrangement()
        for node in scene.nodes {
            guard let center = centers[node.id] else {
                throw MediaError(.invalidScene, "Graphviz gave no place to the node \(node.id) of scene \(scene.id).")
            }
            let block = CardText.block(node.label, style: style)
            let isRoot = scene.type == .tree && !incoming.contains(node.id)
            arrangement.cards.append(
                .init(
                    id: "node_\(node.id)", kind: .node, t: node.t,
                    box: Box(center: center, width: CardText.width(block), height: CardText.height(block)), text: block,
                    look: isRoot ? .filled : .plain, accent: Palette.leading(scene.type)))
        }
        let drawn = Dictionary(
            (graph.edges ?? []).map { ($0.id ?? "", $0) }, uniquingKeysWith: { first, _ in first })
        for (index, edge) in scene.edges.enumerated() {
            guard let answer = drawn["edge_\(index)"], let (curve, tip) = answer.curve else { continue }
            let label = CardText.edge(edge.label, style: style)
            var route = Arrangement.Route(
                id: "edge_\(index)", t: scene.time(of: edge), curve: curve, tip: tip, label: label)
            if !label.lines.isEmpty, let center = DotAnswer.points(answer.lp ?? "").first {
                route.labelBox = Box(center: center, width: label.width, height: label.height)
            }
            arrangement.routes.append(route)
        }
        return arrangement
    }
}

/// The part of Graphviz' JSON that is used here.
private struct DotAnswer: Decodable {
    var objects: [Object]?
    var edges: [Edge]?

    struct Object: Decodable {
        var name: String
        var pos: String?
    }

    struct Edge: Decodable {
        var id: String?
        var pos: String?
        var lp: String?

        /// The Bézier points and the tip of the arrow, from `e,x,y x,y x,y …`.
        var curve: ([Point], tip: Point)? {
            guard let pos else { return nil }
            var words = pos.split(separator: " ").map(String.init)
            var tip: Point?
            if let end = words.first, end.hasPrefix("e,") {
                tip = DotAnswer.points(String(end.dropFirst(2))).first
                words.removeFirst()
            }
            let points = words.flatMap(DotAnswer.points)
            guard points.count >= 4, let last = points.last else { return nil }
            return (points, tip ?? last)
        }
    }

    /// Graphviz counts upward; pictures count downward.
    static func points(_ text: String) -> [Point] {
        text.split(separator: " ").compactMap { pair in
            let numbers = pair.split(separator: ",").compactMap { Double($0) }
            return numbers.count == 2 ? Point(x: numbers[0], y: -numbers[1]) : nil
        }
    }
}
