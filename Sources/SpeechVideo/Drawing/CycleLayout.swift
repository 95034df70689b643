import Foundation

/// Steps around an ellipse, clockwise from the top, with arrows along it; when they are many, around two rows.
enum CycleLayout {
    /// More than these do not read as a circle.
    private static let mostNodes: Int = 10
    /// Below this scale two rows are tried.
    private static let roomyScale: Double = 0.8
    private static let gap: Double = 40

    static func arrange(_ scene: Scene, ring: [Scene.Node]) -> Arrangement {
        let rows = ChainLayout.arrange(scene, ring: ring)
        if ring.count > mostNodes { return rows }
        let round = ellipse(scene, ring: ring)
        // A circle is understood at once; it is given up only where its letters are clearly smaller.
        return round.scale < roomyScale && rows.scale > round.scale * 1.05 ? rows : round
    }

    private static func ellipse(_ scene: Scene, ring: [Scene.Node]) -> Arrangement {
        let blocks = ring.map { CardText.block($0.label, width: 230) }
        var size = Box(x: 0, y: 0, width: 500, height: 300)
        var arrangement = place(scene, ring: ring, blocks: blocks, ellipse: size)
        // The ellipse grows until nothing touches; the bound is far past what ten cards of forty characters need.
        for _ in 0..<200 where !isRoomy(arrangement) {
            size.width += 24
            size.height += 16
            arrangement = place(scene, ring: ring, blocks: blocks, ellipse: size)
        }
        return arrangement
    }

    private static func isRoomy(_ arrangement: Arrangement) -> Bool {
        var widened = arrangement
        for index in widened.cards.indices { widened.cards[index].box = widened.cards[index].box.insetBy(-gap / 2) }
        return widened.isClear && arrangement.routes.allSatisfy { $0.curve.count >= 4 }
    }

    private static func place(
        _ scene: Scene, ring: [Scene.Node], blocks: [TextBlock], ellipse: Box
    ) -> Arrangement {
        var arrangement = Arrangement()
        func point(_ angle: Double) -> Point {
            Point(x: ellipse.width / 2 * sin(angle), y: -ellipse.height / 2 * cos(angle))
        }
        let step = 2 * Double.pi / Double(ring.count)
        for (index, node) in ring.enumerated() {
            let block = blocks[index]
            arrangement.cards.append(
                .init(
                    id: "node_\(node.id)", kind: .node, t: node.t,
                    box: Box(
                        center: point(Double(index) * step), width: CardText.width(block),
                        height: CardText.height(block)),
                    text: block, look: .plain, accent: Palette.leading(.cycle)))
        }
        for (index, edge) in scene.edges.enumerated() {
            guard let from = ring.firstIndex(where: { $0.id == edge.from }) else { continue }
            let to = (from + 1) % ring.count
            let label = CardText.edge(edge.label, width: 150).limited(to: 3, width: 150)
            let arc = arc(
                from: Double(from) * step, to: Double(from + 1) * step, leaving: arrangement.cards[from].box,
                entering: arrangement.cards[to].box, point: point)
            var route = Arrangement.Route(
                id: "edge_\(index)", t: scene.time(of: edge), curve: arc, tip: arc.last ?? .init(x: 0, y: 0),
                label: label)
            if !label.lines.isEmpty {
                // Inside the ellipse, toward its middle from the middle of the arc.
                let middle = point((Double(from) + 0.5) * step)
                let length = max(1, (middle.x * middle.x + middle.y * middle.y).squareRoot())
                let reach = (abs(middle.x) * label.width + abs(middle.y) * label.height) / length / 2 + 14
                let center = Point(x: middle.x * (1 - reach / length), y: middle.y * (1 - reach / length))
                route.labelBox = Box(center: center, width: label.width, height: label.height)
            }
            arrangement.routes.append(route)
        }
        return arrangement
    }

    /// The part of the ellipse between two cards, as cubic curves through sampled points.
    private static func arc(
        from start: Double, to end: Double, leaving: Box, entering: Box, point: (Double) -> Point
    ) -> [Point] {
        let samples = (0...120).map { point(start + (end - start) * Double($0) / 120) }
        let outside = samples.filter { !leaving.insetBy(-8).contains($0) && !entering.insetBy(-8).contains($0) }
        guard outside.count > 4 else { return [] }
        // Ten straight thirds a curve are as round as the eye can tell.
        let stride = max(1, (outside.count - 1) / 10)
        var knots = Swift.stride(from: 0, to: outside.count - 1, by: stride).map { outside[$0] }
        knots.append(outside[outside.count - 1])
        var curve = [knots[0]]
        for (first, second) in zip(knots, knots.dropFirst()) {
            func part(_ share: Double) -> Point {
                Point(x: first.x + (second.x - first.x) * share, y: first.y + (second.y - first.y) * share)
            }
            curve += [part(1.0 / 3), part(2.0 / 3), second]
        }
        return curve
    }
}
