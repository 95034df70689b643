/// Steps one after the other, in rows that turn like a path: right, down, left. No row is longer than reads well.
enum ChainLayout {
    static func arrange(_ scene: Scene, chain: [Scene.Node]) -> Arrangement {
        let candidates = (1...max(1, chain.count)).map { arrange(scene, chain: chain, rows: $0) }
        // Fewer rows win unless more of them make the letters clearly larger.
        var best = candidates[0]
        for candidate in candidates.dropFirst() where candidate.scale > best.scale * 1.1 { best = candidate }
        return best
    }

    /// A ring: two rows, there and back, and an arrow that closes it.
    static func arrange(_ scene: Scene, ring: [Scene.Node]) -> Arrangement {
        var arrangement = arrange(scene, chain: ring, rows: 2)
        guard let first = arrangement.cards.first?.box, let last = arrangement.cards.last?.box,
            let index = scene.edges.firstIndex(where: { $0.from == ring.last?.id && $0.to == ring.first?.id })
        else { return arrangement }
        let edge = scene.edges[index]
        let label = CardText.edge(edge.label, width: 150).limited(to: 3, width: 150)
        var closing: Arrangement.Route
        if last.center.x == first.center.x {
            closing = route("edge_\(index)", scene.time(of: edge), from: last, to: first, label: label)
        } else {
            // An odd number of steps: left along the empty place below the first one, then up.
            let start = Point(x: last.x - 6, y: last.center.y)
            let corner = Point(x: first.center.x, y: last.center.y)
            let tip = Point(x: first.center.x, y: first.maxY + 6)
            closing = Arrangement.Route(
                id: "edge_\(index)", t: scene.time(of: edge), curve: [start, corner, corner, tip], tip: tip,
                label: label)
            if !label.lines.isEmpty {
                let below = Point(x: first.center.x, y: last.center.y + label.height / 2 + 8)
                closing.labelBox = Box(center: below, width: label.width, height: label.height)
            }
        }
        arrangement.routes.append(closing)
        return arrangement
    }

    private static func arrange(_ scene: Scene, chain: [Scene.Node], rows: Int) -> Arrangement {
        let blocks = chain.map { CardText.block($0.label) }
        let width = blocks.map(CardText.width).max() ?? 0
        let height = blocks.map(CardText.height).max() ?? 0
        let labels = zip(chain, chain.dropFirst()).map { pair in
            scene.edges.first { $0.from == pair.0.id && $0.to == pair.1.id }.map {
                CardText.edge($0.label, width: 150).limited(to: 3, width: 150)
            } ?? .empty
        }
        let columns = (chain.count + rows - 1) / rows
        let gapX = max(72, (labels.map(\.width).max() ?? 0) + 44)
        let gapY = max(76, (labels.map(\.height).max() ?? 0) + 40)
        var arrangement = Arrangement()
        var boxes: [Box] = []
        for (index, node) in chain.enumerated() {
            let row = index / columns
            let column = row.isMultiple(of: 2) ? index % columns : columns - 1 - index % columns
            let box = Box(
                x: Double(column) * (width + gapX), y: Double(row) * (height + gapY), width: width, height: height)
            boxes.append(box)
            arrangement.cards.append(
                .init(
                    id: "node_\(node.id)", kind: .node, t: node.t, box: box, text: blocks[index], look: .plain,
                    accent: Palette.leading(scene.type)))
        }
        for (index, edge) in scene.edges.enumerated() {
            guard let from = chain.firstIndex(where: { $0.id == edge.from }), from + 1 < boxes.count,
                chain[from + 1].id == edge.to
            else { continue }
            arrangement.routes.append(
                route(
                    "edge_\(index)", scene.time(of: edge), from: boxes[from], to: boxes[from + 1], label: labels[from]))
        }
        return arrangement
    }

    private static func route(_ id: String, _ t: MediaTime, from: Box, to: Box, label: TextBlock) -> Arrangement.Route {
        let start: Point
        let tip: Point
        var labelBox: Box?
        if from.y == to.y {
            let goesRight = to.x > from.x
            start = Point(x: goesRight ? from.maxX + 6 : from.x - 6, y: from.center.y)
            tip = Point(x: goesRight ? to.x - 6 : to.maxX + 6, y: to.center.y)
            if !label.lines.isEmpty {
                let center = Point(x: (start.x + tip.x) / 2, y: start.y - label.height / 2 - 8)
                labelBox = Box(center: center, width: label.width, height: label.height)
            }
        } else {
            let goesDown = to.y > from.y
            start = Point(x: from.center.x, y: goesDown ? from.maxY + 6 : from.y - 6)
            tip = Point(x: to.center.x, y: goesDown ? to.y - 6 : to.maxY + 6)
            if !label.lines.isEmpty {
                let center = Point(x: start.x - label.width / 2 - 14, y: (start.y + tip.y) / 2)
                labelBox = Box(center: center, width: label.width, height: label.height)
            }
        }
        return Arrangement.Route(
            id: id, t: t, curve: [start, start, tip, tip], tip: tip, label: label, labelBox: labelBox)
    }
}
