/// A column for each side, its name on top, its points below.
enum ComparisonLayout {
    private static let gapX: Double = 36
    private static let gapY: Double = 18

    /// A node whose id is the name of a group is that group's heading; otherwise the name itself is.
    static func arrange(_ scene: Scene) -> Arrangement {
        let columns = columns(of: scene)
        let width: Double = columns.count <= 2 ? 460 : columns.count == 3 ? 340 : 290
        var arrangement = Arrangement()
        let headings = columns.map { CardText.block($0.title, width: width - 2 * CardText.paddingX, weight: .bold) }
        let headingHeight = headings.map(CardText.height).max() ?? 0
        for (index, column) in columns.enumerated() {
            let x = Double(index) * (width + gapX)
            var y: Double = 0
            if !column.title.isEmpty {
                arrangement.cards.append(
                    .init(
                        id: column.id, kind: column.isNode ? .node : .heading, t: column.t,
                        box: Box(x: x, y: 0, width: width, height: headingHeight), text: headings[index], look: .filled,
                        accent: index))
                y = headingHeight + gapY
            }
            for node in column.nodes {
                let block = CardText.block(node.label, width: width - 2 * CardText.paddingX)
                let box = Box(x: x, y: y, width: width, height: CardText.height(block))
                arrangement.cards.append(
                    .init(
                        id: "node_\(node.id)", kind: .node, t: node.t, box: box, text: block, look: .plain,
                        accent: index))
                y = box.maxY + gapY
            }
        }
        return arrangement
    }

    private struct Column {
        var id: String
        var title: String
        var isNode: Bool
        var t: MediaTime
        var nodes: [Scene.Node]
    }

    private static func columns(of scene: Scene) -> [Column] {
        var columns: [Column] = []
        let groups = Set(scene.nodes.compactMap(\.group))
        for node in scene.nodes where !(groups.contains(node.id) && node.group == nil) {
            let name = node.group ?? ""
            let heading = scene.nodes.first { $0.id == name && $0.group == nil }
            let title = heading?.label ?? name
            if let index = columns.firstIndex(where: { $0.title == title }) {
                columns[index].nodes.append(node)
                if !columns[index].isNode { columns[index].t = min(columns[index].t, node.t) }
            } else {
                let id = heading.map { "node_\($0.id)" } ?? "heading_\(columns.count)"
                columns.append(
                    Column(id: id, title: title, isNode: heading != nil, t: heading?.t ?? node.t, nodes: [node]))
            }
        }
        return columns
    }
}
