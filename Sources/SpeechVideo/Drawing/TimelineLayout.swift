/// Events on a straight line from left to right, their cards above and below it in turn.
enum TimelineLayout {
    private static let mostInRow: Int = 8
    private static let stem: Double = 34

    static func arrange(_ scene: Scene) -> Arrangement {
        let rows = (scene.nodes.count + mostInRow - 1) / mostInRow
        let perRow = (scene.nodes.count + rows - 1) / max(1, rows)
        var arrangement = Arrangement()
        var top: Double = 0
        for start in stride(from: 0, to: scene.nodes.count, by: max(1, perRow)) {
            let nodes = Array(scene.nodes[start..<min(start + perRow, scene.nodes.count)])
            let row = arrange(nodes, columns: perRow)
            let shift = top - row.bounds.y
            arrangement.cards += row.cards.map { $0.moved(down: shift) }
            arrangement.rules += row.rules.map { $0.moved(down: shift) }
            top += row.bounds.height + 36
        }
        return arrangement
    }

    private static func arrange(_ nodes: [Scene.Node], columns: Int) -> Arrangement {
        let isSparse = columns <= 4
        let blocks = nodes.map { CardText.block($0.label, width: 230) }
        let width = blocks.map(CardText.width).max() ?? 0
        // With cards on one side only neighbours meet each other; with two sides every second one does.
        let slot = isSparse ? width + 28 : (width + 28) / 2 + 12
        var arrangement = Arrangement()
        for (index, node) in nodes.enumerated() {
            let block = blocks[index]
            let x = slot * (Double(index) + 0.5)
            let isAbove = !isSparse && index.isMultiple(of: 2)
            let height = CardText.height(block)
            let box = Box(
                x: x - width / 2, y: isAbove ? -stem - height : stem, width: width, height: height)
            arrangement.cards.append(
                .init(
                    id: "node_\(node.id)", kind: .node, t: node.t, box: box, text: block, look: .plain,
                    accent: Palette.leading(.timeline),
                    stem: .init(from: Point(x: x, y: 0), to: Point(x: x, y: isAbove ? -stem : stem))))
        }
        let end = slot * Double(columns)
        let overhang = max(0, width / 2 - slot / 2)
        arrangement.rules = [.init(from: Point(x: -overhang, y: 0), to: Point(x: end + overhang, y: 0))]
        return arrangement
    }
}

extension Arrangement.Card {
    fileprivate func moved(down distance: Double) -> Self {
        var card = self
        card.box.y += distance
        card.stem?.from.y += distance
        card.stem?.to.y += distance
        return card
    }
}

extension Arrangement.Rule {
    fileprivate func moved(down distance: Double) -> Self {
        Arrangement.Rule(from: Point(x: from.x, y: from.y + distance), to: Point(x: to.x, y: to.y + distance))
    }
}
