import SpeechVideo
import Testing

@Suite("Rules, measured on texts they were not tuned on")
struct CorpusTests {
    @Test(
        "texts apart: types, false diagrams and nodes stay within the bars", arguments: ["held-out", "unseen"],
        ["en", "ja"])
    func heldOut(file: String, language: String) throws {
        let score = try Corpus(file).score(language: language)
        print("\(file) \(language): \(score.row)")
        #expect(score.rightShare >= 0.75, "wrong: \(score.wrongTypes)")
        #expect(score.falseShare <= 0.10, "false: \(score.falseDiagrams)")
        #expect(score.recall >= 0.70)
    }

    @Test(
        "development texts: nothing that was solved is lost", arguments: ["development", "spoken"], ["en", "ja"])
    func development(file: String, language: String) throws {
        let score = try Corpus(file).score(language: language)
        print("\(file) \(language): \(score.row)")
        #expect(score.rightShare >= 0.80, "wrong: \(score.wrongTypes)")
        #expect(score.falseShare <= 0.10, "false: \(score.falseDiagrams)")
        #expect(score.recall >= 0.75)
    }

    @Test("minutes of plain speech: at most one scene in ten is a diagram", arguments: ["en", "ja"])
    func plainSpeech(language: String) throws {
        var scenes: [Scene] = []
        for entry in try Corpus("plain-speech").entries where entry.language == language {
            scenes += RuleAnalyser().storyboard(of: TextTimeline().transcript(of: entry.text)).scenes
        }
        let diagrams = scenes.filter { $0.type != .keypoints }
        print("plain speech \(language): \(scenes.count) scenes, \(diagrams.count) diagrams")
        #expect(Double(diagrams.count) <= 0.10 * Double(scenes.count), "false: \(diagrams.map(\.title))")
    }
}
