import Foundation
import SpeechVideo
import Testing

@Suite("Every storyboard of the rules")
struct StoryboardPropertyTests {
    /// All texts of both corpora, read at a normal and at a slow pace, alone and as one long recording.
    static func transcripts() throws -> [Transcript] {
        let entries = try Corpus("development").entries + Corpus("held-out").entries
        var transcripts = entries.flatMap { entry in
            [
                TextTimeline().transcript(of: entry.text),
                TextTimeline(wordsPerMinute: 70, charactersPerMinute: 160).transcript(of: entry.text),
            ]
        }
        for language in ["en", "ja"] {
            let all = entries.filter { $0.language == language }.map(\.text).joined(separator: " ")
            transcripts.append(TextTimeline().transcript(of: all))
        }
        return transcripts
    }

    @Test("is valid, quotes the transcript, and shows nothing outside its scene")
    func holds() throws {
        for transcript in try Self.transcripts() {
            let board = RuleAnalyser().storyboard(of: transcript)
            #expect(throws: Never.self, "\(transcript.text.prefix(60))") { try board.validate() }
            let said = Self.plain(transcript.text)
            for scene in board.scenes {
                #expect(scene.nodes.count <= 12)
                #expect((0...1).contains(scene.score))
                #expect(said.contains(Self.plain(scene.evidence)) || scene.evidence.isEmpty == false)
                for node in scene.nodes { #expect(said.contains(Self.plain(node.label)), "\(node.label)") }
                for edge in scene.edges { #expect(edge.label.isEmpty || said.contains(Self.plain(edge.label))) }
                for group in scene.nodes.compactMap(\.group) {
                    #expect(scene.nodes.contains { $0.id == group && $0.group == nil })
                }
            }
        }
    }

    @Test("has at least three scenes from thirty seconds on, for chapters")
    func chapters() throws {
        var long = 0
        for transcript in try Self.transcripts() where transcript.duration >= MediaTime(seconds: 30) {
            long += 1
            #expect(RuleAnalyser().storyboard(of: transcript).scenes.count >= 3, "\(transcript.text.prefix(60))")
        }
        #expect(long > 20)
    }

    @Test("is the same each time")
    func deterministic() throws {
        for transcript in try Self.transcripts().suffix(6) {
            #expect(RuleAnalyser().storyboard(of: transcript) == RuleAnalyser().storyboard(of: transcript))
        }
    }

    @Test("has no scenes where nothing was said", arguments: ["", "   ", "…", "\n。、\n"])
    func empty(text: String) async throws {
        #expect(try await RuleAnalyser().analyse(TextTimeline().transcript(of: text)).scenes.isEmpty)
    }

    @Test("survives what recognisers write: no punctuation, one word, emoji, one endless word, other languages")
    func odd() throws {
        let texts = [
            "so first you open the box then you take out the parts and then you put them together and finally you test it",
            "Hello", "🎉🎉🎉 yes 🎉", String(repeating: "a", count: 500), String(repeating: "あ", count: 500),
            "Der Kuchen wird gebacken. Danach wird er gegessen.", "今天我们去公园。明天再去。", "まずＡを押す、次にＢを押す、最後にＣを押す",
            "1. 2. 3.", "- - -\n* *", "Dr. Smith met Mr. Jones at 5 p.m. in St. Louis.",
        ]
        for text in texts {
            let board = RuleAnalyser().storyboard(of: TextTimeline(wordsPerMinute: 20).transcript(of: text))
            if !board.scenes.isEmpty { #expect(throws: Never.self, "\(text.prefix(40))") { try board.validate() } }
        }
    }

    @Test("finds word times where the recogniser's words and segments differ in spelling and spaces")
    func timesFromWords() throws {
        let transcript = Transcript(
            language: "ja", duration: .init(seconds: 12), text: "水は蒸気になります。蒸気は雲になります。",
            segments: [
                .init(
                    id: 0, start: .zero, end: .init(seconds: 12), text: "水は蒸気になります。蒸気は雲になります。",
                    averageLogProbability: 0, noSpeechProbability: 0)
            ],
            words: [
                .init(word: "水は", start: .init(seconds: 0), end: .init(seconds: 1)),
                .init(word: "蒸気に", start: .init(seconds: 1), end: .init(seconds: 2)),
                .init(word: "なります。", start: .init(seconds: 2), end: .init(seconds: 3)),
                .init(word: "蒸気は", start: .init(seconds: 9), end: .init(seconds: 10)),
                .init(word: "雲になります。", start: .init(seconds: 10), end: .init(seconds: 11)),
            ], engine: "test", model: "test")
        let nodes = RuleAnalyser().storyboard(of: transcript).scenes.flatMap(\.nodes)
        let second = try #require(nodes.first { $0.label.hasPrefix("蒸気は") })
        #expect(second.t == MediaTime(seconds: 9))
    }

    /// Sentences are joined by a space in evidence, recognisers put other white space there.
    static func plain(_ text: String) -> String { text.filter { !$0.isWhitespace } }
}
