import Testing

@testable import SpeechVideo

@Suite("chapters")
struct ChapterTests {
    private func storyboard(_ lengths: [Double]) -> Storyboard {
        var start = 0.0
        var scenes: [Scene] = []
        for (index, length) in lengths.enumerated() {
            scenes.append(
                Samples.scene(.keypoints, Samples.labels(.english, 5), id: index + 1, start: start, length: length))
            start += length
        }
        return Storyboard(language: "en", duration: MediaTime(seconds: start), scenes: scenes)
    }

    @Test(
        "from half a minute on there are three or more, without gaps",
        arguments: [[30], [25, 5.5], [60, 2], [20, 20, 20]])
    func areEnough(lengths: [Double]) {
        let storyboard = storyboard(lengths)
        let chapters = Chapters(storyboard).chapters
        #expect(chapters.count >= 3)
        #expect(chapters.first?.start == .zero)
        #expect(chapters.last?.end == storyboard.duration)
        #expect(zip(chapters, chapters.dropFirst()).allSatisfy { $0.end == $1.start })
        #expect(chapters.allSatisfy { $0.end > $0.start && !$0.title.isEmpty })
    }

    @Test func `a short video has one a scene`() {
        #expect(Chapters(storyboard([12, 10])).chapters.count == 2)
    }

    @Test func `titles cannot break out of their files`() {
        var storyboard = storyboard([10])
        storyboard.scenes[0].title = "a=b;c#d\\e\n[CHAPTER]\n<b>&"
        let chapters = Chapters(storyboard)
        #expect(chapters.ffmetadata.contains("title=a\\=b\\;c\\#d\\\\e [CHAPTER] <b>&\n"))
        #expect(chapters.webVTT.contains("&lt;b&gt;&amp;"))
        #expect(!chapters.webVTT.contains("\n[CHAPTER]"))
    }
}
