import ChildProcesses
import Foundation
import FoundationXML
import Testing

@testable import SpeechVideo

@Suite("layouts of pictures")
struct LayoutTests {
    @Test(
        "nothing overlaps, no text is clipped and all ink lies where layout.json says",
        arguments: Samples.Language.allCases)
    func isClear(language: Samples.Language) async throws {
        try await Workbench.with { bench in
            for scene in Samples.all(language) {
                let drawing = try await SceneDrawer(tools: bench.tools).draw(scene, of: 12, into: bench.folder)
                let layout = try JSONDecoder().decode(PictureLayout.self, from: Data(contentsOf: drawing.layout))
                let name = "\(scene.type) of \(scene.nodes.count)"
                check(layout, scene, name)
                try await checkInk(of: drawing, layout, bench, name)
            }
        }
    }

    private func check(_ layout: PictureLayout, _ scene: Scene, _ name: String) {
        let frame = Box(x: 0, y: 0, width: layout.width, height: layout.height)
        let boxed = layout.elements.compactMap { element in element.box.map { (element, $0) } }
        for (index, (element, box)) in boxed.enumerated() {
            #expect(frame.contains(box), "\(name): \(element.id) is outside the frame")
            for line in element.lines {
                #expect(box.contains(line.box), "\(name): text of \(element.id) is clipped: \(line.text)")
                #expect(
                    line.size >= (element.kind == .edge ? 7 : 9),
                    "\(name): letters of \(element.id) have \(line.size) pixels")
            }
            for (other, otherBox) in boxed[(index + 1)...] {
                #expect(!box.overlaps(otherBox), "\(name): \(element.id) overlaps \(other.id)")
            }
        }
        // Every node is there with its whole label.
        for node in scene.nodes {
            let element = layout.elements.first { $0.id == "node_\(node.id)" }
            #expect(element?.t == node.t)
            #expect(letters(element?.lines.map(\.text).joined() ?? "") == letters(node.label), "\(name): \(node.label)")
        }
    }

    private func letters(_ text: String) -> String {
        text.filter { !$0.isWhitespace && $0.isVisible }
    }

    /// Draws the letters of the picture alone and looks for dark pixels outside the lines of the layout: the widths
    /// that layouts reckon with are those of the real font.
    private func checkInk(of drawing: DrawnScene, _ layout: PictureLayout, _ bench: Workbench, _ name: String)
        async throws
    {
        let lines = try String(contentsOf: drawing.svg, encoding: .utf8).split(separator: "\n").map(String.init)
        let texts = lines.filter { $0.hasPrefix("<text") }.map {
            $0.replacing(/fill="[^"]*"/, with: "fill=\"black\"").replacing(/stroke="[^"]*"/, with: "stroke=\"none\"")
        }
        let svg = bench.file("letters.svg")
        let picture = bench.file("letters.png")
        let opening = try #require(lines.first { $0.hasPrefix("<svg") })
        let page = [opening, "<rect width=\"1280\" height=\"720\" fill=\"white\"/>"] + texts + ["</svg>"]
        try Data(page.joined(separator: "\n").utf8).write(to: svg)
        try await bench.run("rsvg-convert", ["-o", picture.path, svg.path])
        var pixels = try await bench.ffmpeg([
            "-i", picture.path, "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1",
        ]).standardOutput
        #expect(pixels.count == 1_280 * 720)
        // The numbers of an outline lie on discs within the rows' boxes.
        let discs = layout.elements.filter { $0.kind == .node && !$0.lines.isEmpty }.compactMap(\.box)
        let isOutline = name.hasPrefix("keypoints")
        for box in layout.elements.flatMap(\.lines).map(\.box) + (isOutline ? discs : []) {
            let columns = max(0, Int(box.x) - 2)..<max(1, min(1_280, Int(box.maxX) + 3))
            for row in max(0, Int(box.y) - 2)..<min(720, Int(box.maxY) + 3) {
                for column in columns { pixels[row * 1_280 + column] = 255 }
            }
        }
        let stray = pixels.firstIndex { $0 < 128 }
        #expect(stray == nil, "\(name): ink at \((stray ?? 0) % 1_280), \((stray ?? 0) / 1_280)")
    }

    @Test func `the largest scene is drawn within Graphviz' limit`() async throws {
        try await Workbench.with { bench in
            let edges = (1..<40).map { ($0 / 2, $0, "leads to") } + (0..<40).map { ($0, ($0 * 7 + 3) % 40, "") }
            let scene = Samples.scene(.flow, Samples.labels(.longEnglish, 40), edges: edges.filter { $0.0 != $0.1 })
            let drawing = try await SceneDrawer(tools: bench.tools).draw(scene, of: 1, into: bench.folder)
            let layout = try JSONDecoder().decode(PictureLayout.self, from: Data(contentsOf: drawing.layout))
            #expect(layout.elements.filter { $0.kind == .node }.count == 40)
        }
    }

    @Test func `English words are not broken, also where room is scarce`() async throws {
        try await Workbench.with { bench in
            var scene = Samples.tree(.english)
            scene.nodes[5].label = "House of Representatives"
            scene.nodes[6].label = "Responsibilities of communications"
            let drawing = try await SceneDrawer(tools: bench.tools).draw(scene, of: 1, into: bench.folder)
            let layout = try JSONDecoder().decode(PictureLayout.self, from: Data(contentsOf: drawing.layout))
            for node in scene.nodes {
                let lines = layout.elements.first { $0.id == "node_\(node.id)" }?.lines ?? []
                #expect(lines.map(\.text).joined(separator: " ") == node.label)
            }
        }
    }

    @Test func `the same scene gives the same bytes, also elsewhere`() async throws {
        try await Workbench.with { first in
            try await Workbench.with { second in
                for scene in [Samples.graph(.japanese), Samples.cycle(.english), Samples.comparison(.japanese)] {
                    let one = try await SceneDrawer(tools: first.tools).draw(scene, of: 3, into: first.folder)
                    let two = try await SceneDrawer(tools: second.tools).draw(scene, of: 3, into: second.folder)
                    for file in [\DrawnScene.dot, \.mermaid, \.svg, \.png, \.layout] {
                        #expect(try Data(contentsOf: one[keyPath: file]) == Data(contentsOf: two[keyPath: file]))
                    }
                }
            }
        }
    }

    @Test func `text from outside stays text in the SVG and the dot source`() async throws {
        try await Workbench.with { bench in
            var scene = Samples.graph(.wild)
            scene.title = "<script>alert(1)</script> & \"more\""
            let drawing = try await SceneDrawer(tools: bench.tools).draw(scene, of: 1, into: bench.folder)
            let svg = try String(contentsOf: drawing.svg, encoding: .utf8)
            #expect(!svg.contains("<script"))
            #expect(XMLParser(data: Data(svg.utf8)).parse())
            // Graphviz itself accepts the source that people download.
            try await bench.run("dot", ["-Tsvg", "-o", bench.file("again.svg").path, drawing.dot.path])
        }
    }

    @Test func `scenes that contradict themselves are refused with their number`() async throws {
        let good = Samples.chain(.english)
        var scenes: [Scene] = []
        func broken(_ change: (inout Scene) -> Void) {
            var scene = good
            scene.id = 7
            change(&scene)
            scenes.append(scene)
        }
        broken {
            $0.nodes = []; $0.edges = []
        }
        broken { $0.nodes[1].id = "n0" }
        broken { $0.nodes[1].id = "No Id" }
        broken { $0.nodes[1].label = " \u{1}\n" }
        broken { $0.nodes[1].label = String(repeating: "x", count: 500) }
        broken { $0.edges[0].to = "nowhere" }
        broken { $0.title = String(repeating: "x", count: 5_000) }
        broken { $0.nodes = (0..<41).map { .init(id: "n\($0)", label: "x", t: .zero) } }
        try await Workbench.with { bench in
            for scene in scenes {
                let error = try await #require(throws: MediaError.self) {
                    try await SceneDrawer(tools: bench.tools).draw(scene, of: 1, into: bench.folder)
                }
                #expect(error.message.hasPrefix("Scene 7 "))
            }
        }
    }
}
