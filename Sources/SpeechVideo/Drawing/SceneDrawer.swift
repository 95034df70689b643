import ChildProcesses
package import Foundation
import Model

/// Draws scenes: a diagram in a 16:9 frame, with its sources and the proof of where everything lies.
package struct SceneDrawer: Sendable {
    /// The most nodes that one picture shows.
    package static let mostNodes: Int = Scene.maximumNodes
    private static let mostEdges: Int = Scene.maximumEdges
    private static let longestLabel: Int = 200
    private static let longestTitle: Int = 300

    let tools: MediaTools

    package init(tools: MediaTools) {
        self.tools = tools
    }

    /// Writes `scene-N.dot`, `.mmd`, `.svg`, `.png` and `.layout.json` into the folder.
    ///
    /// The same scene gives the same bytes. Only graphs that are no simple path or ring need Graphviz.
    /// - Parameter count: The number of scenes of the video, shown beside the scene's own number.
    /// - Throws: `MediaError` when the scene cannot be drawn; `ProcessFailure` when a program is missing or failed.
    package func draw(_ scene: Scene, of count: Int, into folder: URL) async throws -> DrawnScene {
        try check(scene)
        try await Typeface.requireInstalled(tools)
        let (arrangement, style) = try await arrange(scene)
        let picture = Picture(scene: scene, count: count, arrangement: arrangement)
        let files = DrawnScene(scene: scene.id, folder: folder)
        let svg = picture.svg
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // What may fail comes first: a scene has all of its files or none.
        try await Rasterizer(tools: tools).png(svg, to: files.png)
        // The source that people download keeps the labels that the picture has no room for.
        let source = GraphStyle(direction: style.direction, isTight: style.isTight)
        try Data(DotSource.text(scene, style: source).utf8).write(to: files.dot, options: .atomic)
        try Data(MermaidSource.text(scene).utf8).write(to: files.mermaid, options: .atomic)
        try encoder.encode(picture.layout).write(to: files.layout, options: .atomic)
        try Data(svg.utf8).write(to: files.svg, options: .atomic)
        return files
    }

    private func arrange(_ scene: Scene) async throws -> (Arrangement, GraphStyle) {
        let plain = GraphStyle(direction: .leftToRight)
        switch scene.type {
        case .timeline: return (TimelineLayout.arrange(scene), plain)
        case .comparison: return (ComparisonLayout.arrange(scene), plain)
        case .keypoints: return (KeypointsLayout.arrange(scene), GraphStyle(direction: .topToBottom))
        case .cycle:
            if let ring = scene.ring { return (CycleLayout.arrange(scene, ring: ring), plain) }
        case .flow, .tree:
            if let chain = scene.chain { return (ChainLayout.arrange(scene, chain: chain), plain) }
        }
        return try await GraphLayout(tools: tools).arrange(scene)
    }

    private func check(_ scene: Scene) throws {
        func refuse(_ reason: String) -> MediaError {
            MediaError(.invalidScene, "Scene \(scene.id) cannot be drawn: \(reason).")
        }
        if scene.nodes.count > SceneDrawer.mostNodes {
            throw MediaError(
                .tooManyNodes,
                "Scene \(scene.id) has \(scene.nodes.count) nodes; at most \(SceneDrawer.mostNodes) fit one picture, "
                    + "so split the scene.")
        }
        if scene.id < 1 { throw refuse("scenes are numbered from 1") }
        if scene.title.count > SceneDrawer.longestTitle {
            throw refuse("its title is longer than \(SceneDrawer.longestTitle) characters")
        }
        if scene.nodes.isEmpty { throw refuse("it has no nodes") }
        if scene.edges.count > SceneDrawer.mostEdges {
            throw refuse("it has \(scene.edges.count) edges and at most \(SceneDrawer.mostEdges) are allowed")
        }
        var ids: Set<String> = []
        for node in scene.nodes {
            let isPlain = !node.id.isEmpty && node.id.utf8.count <= 64 && node.id.utf8.allSatisfy(SceneDrawer.isPlain)
            guard isPlain else { throw refuse("the id \"\(node.id)\" is not made of a-z, 0-9 and _") }
            guard ids.insert(node.id).inserted else { throw refuse("two nodes have the id \"\(node.id)\"") }
            guard node.label.contains(where: { !$0.isWhitespace && $0.isVisible }) else {
                throw refuse("the node \"\(node.id)\" has no label")
            }
        }
        for edge in scene.edges {
            for end in [edge.from, edge.to] where !ids.contains(end) {
                throw refuse("an edge names \"\(end)\", which is no node of the scene")
            }
        }
        let labels = scene.nodes.map(\.label) + scene.edges.map(\.label) + scene.nodes.compactMap(\.group)
        if labels.contains(where: { $0.count > SceneDrawer.longestLabel }) {
            throw refuse("a label is longer than \(SceneDrawer.longestLabel) characters")
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

/// The files of one drawn scene.
package struct DrawnScene: Hashable, Sendable {
    package let scene: Int
    /// Source for Graphviz.
    package let dot: URL
    /// Source for Mermaid.
    package let mermaid: URL
    /// The picture, complete; each node and edge is a group with an id.
    package let svg: URL
    package let png: URL
    /// A `PictureLayout`.
    package let layout: URL

    /// Names the files of a scene in a folder, whether or not they exist.
    package init(scene: Int, folder: URL) {
        func file(_ suffix: String) -> URL {
            folder.appending(path: "scene-\(scene).\(suffix)", directoryHint: .notDirectory)
        }
        self.scene = scene
        dot = file("dot")
        mermaid = file("mmd")
        svg = file("svg")
        png = file("png")
        layout = file("layout.json")
    }
}
