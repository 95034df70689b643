import SpeechVideo
import Testing

@Suite("Scenes that people have edited")
struct EditedScenesTests {
    static func board() -> Storyboard {
        func scene(_ id: Int, _ start: Double, _ end: Double) -> Scene {
            Scene(
                id: id, start: .init(seconds: start), end: .init(seconds: end), title: "Title", type: .flow,
                direction: .leftToRight,
                nodes: [
                    .init(id: "a", label: "A", t: .init(seconds: start)),
                    .init(id: "b", label: "B", t: .init(seconds: end)),
                ],
                edges: [.init(from: "a", to: "b", t: .init(seconds: end))], evidence: "", score: 1, analyser: "rules")
        }
        return Storyboard(language: "en", duration: .init(seconds: 20), scenes: [scene(1, 0, 10), scene(2, 10, 20)])
    }

    @Test("good scenes pass")
    func good() throws {
        try Self.board().validate()
    }

    @Test("each mistake is named with its scene")
    func mistakes() {
        func expect(_ words: String, _ edit: (inout Storyboard) -> Void) {
            var board = Self.board()
            edit(&board)
            let error = #expect(throws: Storyboard.Mistake.self) { try board.validate() }
            #expect(
                error?.description.contains(words) == true, "\(error?.description ?? "nothing") should say \(words)")
        }
        expect("send at least one") { $0.scenes = [] }
        expect("number the scenes") { $0.scenes[1].id = 1 }
        expect("must start at 10.0") { $0.scenes[1].start = .init(seconds: 11) }
        expect("must end at 20.0") { $0.scenes[1].end = .init(seconds: 21) }
        expect("not after its start") { $0.scenes[0].end = .zero }
        expect("title of scene 1") { $0.scenes[0].title = "" }
        expect("two nodes with the id 'a'") { $0.scenes[0].nodes[1].id = "a" }
        expect("lower-case letters") { $0.scenes[0].nodes[1].id = "B!" }
        expect("1 to 40 characters") { $0.scenes[0].nodes[1].label = String(repeating: "x", count: 41) }
        expect("1 to 40 characters") { $0.scenes[0].nodes[1].label = "" }
        expect("names the node 'c'") { $0.scenes[0].edges[0].to = "c" }
        expect("too long") { $0.scenes[0].edges[0].label = String(repeating: "x", count: 41) }
        expect("appears at 15.0") { $0.scenes[0].nodes[0].t = .init(seconds: 15) }
        expect("appears at 15.0") { $0.scenes[0].edges[0].t = .init(seconds: 15) }
        expect("at most 14400") { board in
            board.scenes[1].end = .init(seconds: 14_401)
            board.duration = .init(seconds: 14_401)
        }
        expect("at most 120") { board in
            board.scenes[0].edges = (0...120).map { _ in .init(from: "a", to: "b", t: .zero) }
        }
        expect("1 to 40 characters") { $0.scenes[0].nodes[1].label = "  " }
        expect("0 nodes") { $0.scenes[0].nodes = [] }
        expect("41 nodes") { board in
            board.scenes[0].edges = []
            board.scenes[0].nodes = (0...40).map { .init(id: "n\($0)", label: "x", t: .zero) }
        }
    }
}
