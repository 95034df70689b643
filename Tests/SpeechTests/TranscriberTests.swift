import Testing

@testable import Transcriber

@Suite struct TranscriberTests {
    @Test("the gate keeps sentences whole, drops long pauses and ignores clicks")
    func gate() {
        // Windows of a tenth of a second: speech at 5 to 8 s and 9 to 10 s, a click at 20 s, speech at 30 to 31 s.
        let spoken = [50..<80, 90..<100, 200..<201, 300..<310]
        let probabilities = (0..<400).map { window in spoken.contains { $0.contains(window) } ? Float(0.9) : 0.1 }
        let spans = SpeechGate().spans(probabilities: probabilities, window: 1_600, sampleCount: 640_000)
        #expect(spans == [73_600..<166_400, 473_600..<502_400])
    }

    @Test("times of a passage are times of the recording, before and after a seam")
    func passage() {
        let passage = Passage(spans: [16_000..<48_000, 160_000..<192_000])
        #expect(passage.time(of: 0, isEnd: false) == 1)
        #expect(passage.time(of: 2, isEnd: true) == 3)
        #expect(passage.time(of: 2, isEnd: false) == 10)
        #expect(passage.time(of: 9, isEnd: true) == 12)
    }

    @Test("a long speech is cut where the voice is weakest, and nothing is lost")
    func longSpeech() {
        var probabilities = [Float](repeating: 0.9, count: 1_000)
        for index in 640..<660 { probabilities[index] = 0.2 }
        let passages = Passage.group([0..<1_000_000], limit: 800_000, probabilities: probabilities, window: 1_000)
        let spans = passages.flatMap(\.spans)
        #expect(spans.count == 2 && spans[0].upperBound == spans[1].lowerBound && spans[1].upperBound == 1_000_000)
        #expect((640_000...660_000).contains(spans[0].upperBound))
    }

    @Test("tokens become words at spaces, and keep the marks that belong to them")
    func spacedWords() {
        let heard = WordAssembler.words(tokens(" Ask", " not", ",", " fel", "low", " (", "so", ")"))
        #expect(heard.map(\.word) == ["Ask", "not,", "fellow", "(so)"])
        #expect(heard[2].start == 3 && heard[2].end == 5)
    }

    @Test("a character that two tokens share is whole; Japanese tokens stay apart")
    func brokenCharacters() {
        let bytes = Array("庫".utf8)
        let pieces = [
            Token(bytes: Array("在".utf8), start: 0, end: 1, logProbability: 0),
            Token(bytes: Array(bytes[..<2]), start: 1, end: 2, logProbability: 0),
            Token(bytes: Array(bytes[2...]), start: 2, end: 3, logProbability: 0),
            Token(bytes: Array("。".utf8), start: 3, end: 3, logProbability: 0),
        ]
        let heard = WordAssembler.words(pieces)
        #expect(heard.map(\.word) == ["在", "庫。"])
        #expect(heard[1].start == 1 && heard[1].end == 3)
    }

    private func tokens(_ texts: String...) -> [Token] {
        texts.enumerated().map { index, text in
            Token(bytes: Array(text.utf8), start: Double(index), end: Double(index + 1), logProbability: 0)
        }
    }
}
