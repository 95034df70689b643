import Testing

@testable import SpeechVideo

@Suite struct CaptionTests {
    @Test("WebVTT and SubRip of two sentences")
    func formats() {
        let transcript = spoken("We are here to test <tags> & more. Then we go --> home.", secondsPerWord: 0.5)
        #expect(
            CaptionWriter.webVTT(transcript)
                == """
                WEBVTT

                00:00:00.000 --> 00:00:04.000
                We are here to test
                &lt;tags&gt; &amp; more.

                00:00:04.000 --> 00:00:06.500
                Then we go --&gt; home.

                """.replacing("We are here to test\n", with: "We are here to test "))
        #expect(
            CaptionWriter.subRip(transcript) == """
                1
                00:00:00,000 --> 00:00:04,000
                We are here to test <tags> & more.

                2
                00:00:04,000 --> 00:00:06,500
                Then we go → home.

                """)
        #expect(CaptionWriter.plainText(transcript) == transcript.text + "\n")
    }

    @Test("no speech gives no captions")
    func empty() {
        let transcript = spoken("", secondsPerWord: 1)
        #expect(CaptionWriter.webVTT(transcript) == "WEBVTT\n")
        #expect(CaptionWriter.subRip(transcript).isEmpty)
        #expect(CaptionWriter.plainText(transcript).isEmpty)
    }

    @Test(
        "captions never overlap, are two lines of 42 at most, 7 s at most, and lose no word",
        arguments: [0.2, 0.5, 2.0])
    func limits(secondsPerWord: Double) {
        let text = (1...60).map { $0 % 13 == 0 ? "supercalifragilistic." : "word\($0)" }.joined(separator: " ")
        let captions = Caption.captions(of: spoken(text, secondsPerWord: secondsPerWord))
        #expect(zip(captions, captions.dropFirst()).allSatisfy { $0.end <= $1.start })
        #expect(captions.allSatisfy { $0.lines.count <= 2 && $0.lines.allSatisfy { $0.count <= 42 } })
        #expect(captions.allSatisfy { ($0.end - $0.start).seconds <= 7 })
        #expect(captions.flatMap(\.lines).joined(separator: " ") == text)
    }

    @Test("Japanese stands without spaces and does not begin a line with a mark")
    func japanese() {
        let text = "注文を受け付けると、まず在庫を確認します。在庫があれば、商品を梱包し、配送業者に渡します。"
        let words = text.split(separator: "", omittingEmptySubsequences: true).enumerated().map { index, letter in
            Transcript.Word(
                word: String(letter), start: .init(milliseconds: Int64(index) * 150),
                end: .init(milliseconds: Int64(index + 1) * 150))
        }
        let transcript = Transcript(
            language: "ja", duration: .init(seconds: 8), text: text, segments: [], words: words, engine: "", model: "")
        let captions = Caption.captions(of: transcript)
        #expect(captions.flatMap(\.lines).joined() == text)
        #expect(captions.first?.lines.joined() == "注文を受け付けると、まず在庫を確認します。")
        #expect(captions.flatMap(\.lines).allSatisfy { line in line.first.map { !"、。".contains($0) } ?? false })
        #expect(captions.flatMap(\.lines).allSatisfy { $0.count <= 21 })
    }

    @Test("a pause ends a caption, and the words do not stay through it")
    func pause() {
        var transcript = spoken("One two", secondsPerWord: 0.5)
        transcript.words[1].start = .init(seconds: 5)
        transcript.words[1].end = .init(seconds: 5.5)
        let captions = Caption.captions(of: transcript)
        #expect(captions.map(\.text) == ["One", "two"])
        #expect(captions.first?.end == .init(seconds: 0.8))
    }

    private func spoken(_ text: String, secondsPerWord: Double) -> Transcript {
        let words = text.split(separator: " ").enumerated().map { index, word in
            Transcript.Word(
                word: String(word), start: .init(seconds: Double(index) * secondsPerWord),
                end: .init(seconds: Double(index + 1) * secondsPerWord))
        }
        return Transcript(
            language: "en", duration: words.last?.end ?? .zero, text: text, segments: [], words: words, engine: "",
            model: "")
    }
}
