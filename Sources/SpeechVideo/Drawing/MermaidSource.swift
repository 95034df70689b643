import Foundation

/// Writes a scene in Mermaid's language, for people who keep diagrams in their documents.
enum MermaidSource {
    static func text(_ scene: Scene) -> String {
        switch scene.type {
        case .timeline: timeline(scene)
        case .keypoints: mindmap(scene)
        case .flow, .tree, .cycle, .comparison: flowchart(scene)
        }
    }

    private static func flowchart(_ scene: Scene) -> String {
        let direction = scene.direction == .topToBottom ? "TB" : "LR"
        var lines = ["---", "title: \"\(escaped(scene.title))\"", "---", "flowchart \(direction)"]
        let groups = scene.nodes.reduce(into: [String]()) { groups, node in
            if let group = node.group, !groups.contains(group) { groups.append(group) }
        }
        for node in scene.nodes where node.group == nil { lines.append("  " + box(node)) }
        for (index, group) in groups.enumerated() {
            lines.append("  subgraph group_\(index)[\"\(escaped(group))\"]")
            lines += scene.nodes.filter { $0.group == group }.map { "    " + box($0) }
            lines.append("  end")
        }
        for edge in scene.edges {
            let label = edge.label.isEmpty ? "" : "|\"\(escaped(edge.label))\"|"
            lines.append("  n_\(edge.from) -->\(label) n_\(edge.to)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func timeline(_ scene: Scene) -> String {
        var lines = ["timeline", "  title \(plain(scene.title))"]
        lines += scene.nodes.map { "  \(plain($0.label))" }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func mindmap(_ scene: Scene) -> String {
        var lines = ["mindmap", "  root[\"\(escaped(scene.title))\"]"]
        lines += scene.nodes.map { "    n_\($0.id)[\"\(escaped($0.label))\"]" }
        return lines.joined(separator: "\n") + "\n"
    }

    // The prefix keeps ids such as `end` from being words of the language.
    private static func box(_ node: Scene.Node) -> String { "n_\(node.id)[\"\(escaped(node.label))\"]" }

    private static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "#", with: "#35;").replacingOccurrences(of: "\"", with: "#quot;")
            .replacingOccurrences(of: "\n", with: " ")
    }

    /// A timeline has no quotes: what would end a label is replaced by its wide form.
    private static func plain(_ text: String) -> String {
        text.replacingOccurrences(of: ":", with: "：").replacingOccurrences(of: ";", with: "；")
            .replacingOccurrences(of: "#", with: "＃").replacingOccurrences(of: "\n", with: " ")
    }
}
