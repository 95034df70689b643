/// An outline: numbered rows, in one column or two.
enum KeypointsLayout {
    private static let gapX: Double = 36
    private static let gapY: Double = 16
    private static let inset: Double = 84

    static func arrange(_ scene: Scene) -> Arrangement {
        let one = arrange(scene, columns: 1, width: 1_000)
        let two = arrange(scene, columns: 2, width: 550)
        let three = arrange(scene, columns: 3, width: 440)
        return [two, three].reduce(one) { best, candidate in candidate.scale > best.scale * 1.05 ? candidate : best }
    }

    private static func arrange(_ scene: Scene, columns: Int, width: Double) -> Arrangement {
        var arrangement = Arrangement()
        let perColumn = max(1, (scene.nodes.count + columns - 1) / columns)
        let blocks = scene.nodes.map { CardText.block($0.label, width: width - inset - CardText.paddingX) }
        // Rows of one height keep the columns level.
        let height = max(76, blocks.map(CardText.height).max() ?? 0)
        for (index, node) in scene.nodes.enumerated() {
            let box = Box(
                x: Double(index / perColumn) * (width + gapX), y: Double(index % perColumn) * (height + gapY),
                width: width, height: height)
            arrangement.cards.append(
                .init(
                    id: "node_\(node.id)", kind: .node, t: node.t, box: box, text: blocks[index],
                    look: .point(number: index + 1), accent: Palette.leading(.keypoints), textInset: inset))
        }
        return arrangement
    }
}
