import SpeechVideo
import Testing

@Suite("Rules, measured on texts they were not tuned on")
struct CorpusTests {
    @Test("held-out texts: types, false diagrams and nodes stay within the bars", arguments: ["en", "ja"])
    func heldOut(language: String) throws {
        let score = try Corpus("held-out").score(language: language)
        print("held-out \(language): \(score.row)")
        #expect(score.rightShare >= 0.75, "wrong: \(score.wrongTypes)")
        #expect(score.falseShare <= 0.10, "false: \(score.falseDiagrams)")
        #expect(score.recall >= 0.70)
    }

    @Test("development texts: nothing that was solved is lost", arguments: ["en", "ja"])
    func development(language: String) throws {
        let score = try Corpus("development").score(language: language)
        print("development \(language): \(score.row)")
        #expect(score.rightShare >= 0.85, "wrong: \(score.wrongTypes)")
        #expect(score.falseShare <= 0.10, "false: \(score.falseDiagrams)")
        #expect(score.recall >= 0.75)
    }
}
