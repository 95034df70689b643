import Foundation
import SpeechVideo
import Testing

/// Texts with the diagram that a person would draw of them.
struct Corpus {
    let entries: [Entry]

    struct Entry: CustomTestStringConvertible {
        var name: String
        /// `keypoints` where no diagram must be drawn.
        var type: Scene.Kind
        var language: String
        /// Words that boxes must show.
        var nodes: [String]
        var text: String
        var testDescription: String { name }
    }

    /// Reads blocks of `# name | type | language | topic`, `nodes: a; b` and lines of text.
    init(_ file: String) throws {
        let url = try #require(Bundle.module.url(forResource: file, withExtension: "txt", subdirectory: "Fixtures"))
        var entries: [Entry] = []
        for block in try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n\n") {
            let lines = block.split(separator: "\n").map(String.init)
            guard let head = lines.first, head.hasPrefix("# ") else { continue }
            let parts = head.dropFirst(2).components(separatedBy: " | ")
            let nodes = lines.first { $0.hasPrefix("nodes: ") }?.dropFirst(7).components(separatedBy: "; ") ?? []
            let text = lines.dropFirst().filter { !$0.hasPrefix("nodes: ") }.joined(separator: " ")
            entries.append(
                Entry(
                    name: parts[0], type: try #require(Scene.Kind(rawValue: parts[1])), language: parts[2],
                    nodes: nodes,
                    text: text))
        }
        self.entries = entries
    }

    /// How well the rules do on these texts, by language.
    func score(language: String) -> Score {
        var score = Score()
        for entry in entries where entry.language == language {
            let board = RuleAnalyser(chapters: .byTopic).storyboard(of: TextTimeline().transcript(of: entry.text))
            let type = board.scenes.map(\.type).first { $0 != .keypoints } ?? .keypoints
            if entry.type == .keypoints {
                score.plain += 1
                if type != .keypoints { score.falseDiagrams.append(entry.name) }
                continue
            }
            score.diagrams += 1
            if type != entry.type { score.wrongTypes.append("\(entry.name): \(type.rawValue)") }
            let labels = board.scenes.flatMap(\.nodes).map(\.label)
            let found = entry.nodes.count { node in labels.contains { Self.shows($0, node) } }
            score.recalls.append(Double(found) / Double(max(1, entry.nodes.count)))
        }
        return score
    }

    struct Score {
        var diagrams = 0
        var plain = 0
        var wrongTypes: [String] = []
        var falseDiagrams: [String] = []
        var recalls: [Double] = []

        var rightShare: Double { 1 - Double(wrongTypes.count) / Double(max(1, diagrams)) }
        var falseShare: Double { Double(falseDiagrams.count) / Double(max(1, plain)) }
        var recall: Double { recalls.reduce(0, +) / Double(max(1, recalls.count)) }

        var row: String {
            let numbers = [rightShare, falseShare, recall].map { String(format: "%.2f", $0) }
            return "\(diagrams) texts, types \(numbers[0]), \(plain) plain, false \(numbers[1]), recall \(numbers[2])"
        }
    }

    /// A box shows an expected node when it holds at least six in ten of its words, in Japanese of its characters.
    static func shows(_ label: String, _ node: String) -> Bool {
        let wanted = pieces(of: node)
        let said = pieces(of: label)
        return Double(wanted.count { said.contains($0) }) >= 0.6 * Double(wanted.count)
    }

    private static func pieces(of text: String) -> [String] {
        let plain = text.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " }
        if plain.unicodeScalars.contains(where: { $0.value > 0x3000 }) {
            return plain.filter { $0 != " " }.map(String.init)
        }
        return plain.split(separator: " ").map {
            $0.count > 3 && $0.hasSuffix("s") ? String($0.dropLast()) : String($0)
        }
    }
}
