import Foundation

/// Writes a scene in Graphviz' language. Boxes have the size that our own text measure gives them, so that positions
/// from Graphviz fit what is drawn.
enum DotSource {
    static func text(_ scene: Scene, style: GraphStyle) -> String {
        let gap = style.rankGap(labelled: style.showsEdgeLabels && scene.edges.contains { !$0.label.isEmpty })
        var lines = [
            "digraph scene_\(scene.id) {",
            "  graph [rankdir=\(style.direction.rawValue), nodesep=\(style.nodeGap), ranksep=\(gap), splines=spline,"
                + " pad=0.1, fontname=\"\(Typeface.family)\"];",
            "  node [shape=box, style=\"rounded,filled\", fillcolor=\"\(Palette.card)\", color=\"\(Palette.border)\","
                + " fixedsize=true, fontname=\"\(Typeface.family)\", fontsize=\(Int(CardText.size)),"
                + " fontcolor=\"\(Palette.ink)\"];",
            "  edge [color=\"\(Palette.line)\", fontname=\"\(Typeface.family)\", fontsize=\(Int(CardText.edgeSize)),"
                + " fontcolor=\"\(Palette.muted)\"];",
        ]
        for node in scene.nodes {
            let block = CardText.block(node.label, style: style)
            let label = block.lines.map(quoted).joined(separator: "\\n")
            lines.append(
                "  \"\(node.id)\" [id=\"node_\(node.id)\", label=\"\(label)\","
                    + " width=\(inches(CardText.width(block))), height=\(inches(CardText.height(block)))];")
        }
        for (index, edge) in scene.edges.enumerated() {
            let block = CardText.edge(edge.label, style: style)
            let label = block.lines.isEmpty ? "" : ", label=<\(reserved(block))>"
            lines.append("  \"\(edge.from)\" -> \"\(edge.to)\" [id=\"edge_\(index)\"\(label)];")
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    private static func inches(_ pixels: Double) -> String { String(format: "%.4f", pixels / 72) }

    private static func quoted(_ text: String) -> String {
        text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
    }

    /// A label in a table cell of fixed size: Graphviz keeps exactly the room that is drawn on.
    private static func reserved(_ block: TextBlock) -> String {
        let width = Int((block.width + 12).rounded(.up))
        let height = Int((block.height + 8).rounded(.up))
        let text = block.lines.map { $0.escapedForXML }.joined(separator: "<BR/>")
        return "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLPADDING=\"0\" CELLSPACING=\"0\" FIXEDSIZE=\"TRUE\""
            + " WIDTH=\"\(width)\" HEIGHT=\"\(height)\"><TR><TD>\(text)</TD></TR></TABLE>"
    }
}

extension String {
    /// The text as the content or a quoted attribute of XML. Characters that XML does not allow are left out.
    var escapedForXML: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n", "\r": result += " "
            default:
                let isAllowed = scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
                if isAllowed { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }
}
