import ChildProcesses
import Foundation
import Glibc
import Testing

@testable import SpeechVideo

@Suite("videos")
struct VideoTests {
    /// Four scenes of 10 s, in both languages, one of them edited to be short of a round number.
    private static let storyboard: Storyboard = {
        let scenes = [
            Samples.scene(.flow, Samples.labels(.english, 4), edges: [(0, 1, ""), (1, 2, ""), (2, 3, "")], length: 10),
            Samples.scene(.timeline, Samples.labels(.japanese, 4), id: 2, start: 10, length: 9.483),
            Samples.scene(.keypoints, Samples.labels(.longEnglish, 4), id: 3, start: 19.483, length: 10.517),
            Samples.scene(
                .comparison, Samples.labels(.japanese, 4), groups: ["甲", "乙", "甲", "乙"], id: 4, start: 30, length: 10),
        ]
        return Storyboard(language: "ja", duration: MediaTime(seconds: 40), scenes: scenes)
    }()

    private struct Film {
        var video: URL
        var chapters: URL
        var thumbnail: URL
        var drawings: [DrawnScene]
        var segments: [URL]
    }

    private func draw(_ scene: Scene, of storyboard: Storyboard, _ bench: Workbench) async throws -> (DrawnScene, URL) {
        let folder = bench.folder.appending(path: UUID().uuidString, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let drawing = try await SceneDrawer(tools: bench.tools).draw(scene, of: storyboard.scenes.count, into: folder)
        let segment = folder.appending(path: "segment.mp4")
        try await SegmentRenderer(tools: bench.tools).render(scene, drawing: drawing, to: segment)
        return (drawing, segment)
    }

    private func film(
        _ storyboard: Storyboard, narration: URL?, subtitles: URL? = nil, _ bench: Workbench
    ) async throws -> Film {
        var film = Film(
            video: bench.file("video.mp4"), chapters: bench.file("chapters.vtt"),
            thumbnail: bench.file("thumbnail.png"), drawings: [], segments: [])
        for scene in storyboard.scenes {
            let (drawing, segment) = try await draw(scene, of: storyboard, bench)
            film.drawings.append(drawing)
            film.segments.append(segment)
        }
        try await Muxer(tools: bench.tools).mux(
            .init(segments: film.segments, narration: narration, subtitles: subtitles, storyboard: storyboard),
            picture: film.drawings[0], video: film.video, chapters: film.chapters, thumbnail: film.thumbnail)
        return film
    }

    private func narration(_ recording: URL, _ bench: Workbench) async throws -> URL {
        let info = try await MediaProbe(tools: bench.tools).probe(recording)
        let narration = bench.file("narration.m4a")
        try await Normalizer(tools: bench.tools).normalize(
            recording, info: info, speech: bench.file("speech.wav"), narration: narration)
        return narration
    }

    private func captions(_ bench: Workbench, last: String) throws -> URL {
        let file = bench.file("subtitles.srt")
        let text = "1\n00:00:00,500 --> 00:00:03,000\nHello & <good> day\n\n2\n00:00:04,000 --> \(last)\nこんにちは\n"
        try Data(text.utf8).write(to: file)
        return file
    }

    @Test func `D1: a video plays everywhere, with the recording itself as its narration`() async throws {
        try await Workbench.with { bench in
            let recording = try await bench.recording("talk.mp3", seconds: 40, ["-ac", "2", "-b:a", "128k"])
            let subtitles = try captions(bench, last: "00:00:08,000")
            let film = try await film(
                Self.storyboard, narration: narration(recording, bench), subtitles: subtitles, bench)
            try await checkStreams(of: film.video, bench)
            try await checkKeyFrames(of: film.video, bench)
            try await checkNarration(of: film.video, recording, bench)
            try checkOrder(of: film.video)

            let chapters = try String(contentsOf: film.chapters, encoding: .utf8)
            #expect(chapters.hasPrefix("WEBVTT\n"))
            #expect(chapters.contains("00:00:10.000 --> 00:00:19.483\n注文する"))
            let thumbnail = try await bench.probe(film.thumbnail, ["-show_streams"])
            #expect(((thumbnail["streams"] as? [[String: Any]])?.first?["width"] as? Int) == 640)
        }
    }

    private func checkStreams(of video: URL, _ bench: Workbench) async throws {
        let facts = try await bench.probe(video, ["-show_streams", "-show_chapters", "-show_format"])
        let streams = try #require(facts["streams"] as? [[String: Any]])
        let names = streams.map { $0["codec_name"] as? String }
        // ffprobe shows the chapters' own text track as a last stream of data.
        #expect(names.prefix(3) == ["h264", "aac", "mov_text"])
        #expect(streams[0]["pix_fmt"] as? String == "yuv420p")
        #expect(streams[0]["width"] as? Int == 1_280)
        #expect(streams[0]["height"] as? Int == 720)
        #expect((streams[2]["tags"] as? [String: Any])?["language"] as? String == "jpn")
        let chapters = try #require(facts["chapters"] as? [[String: Any]])
        #expect(chapters.count == 4)
        #expect(
            chapters.map { ($0["tags"] as? [String: Any])?["title"] as? String } == Self.storyboard.scenes.map(\.title))
        let starts = chapters.compactMap { ($0["start_time"] as? String).flatMap(Double.init) }
        #expect(zip(starts, Self.storyboard.scenes).allSatisfy { abs($0 - $1.start.seconds) < 0.002 })
        let lengths = streams.prefix(2).compactMap { ($0["duration"] as? String).flatMap(Double.init) }
        #expect(lengths.count == 2 && abs(lengths[0] - lengths[1]) <= 0.05, "video and audio last \(lengths)")
        #expect(abs(lengths[0] - 40) <= 0.05)
    }

    /// Every scene starts with a key frame, and every node appears at the time of its words.
    private func checkKeyFrames(of video: URL, _ bench: Workbench) async throws {
        let facts = try await bench.probe(
            video, ["-select_streams", "v:0", "-show_entries", "packet=pts_time,flags"])
        let packets = try #require(facts["packets"] as? [[String: Any]])
        let frames = packets.compactMap { ($0["pts_time"] as? String).flatMap(Double.init) }
        let keys = packets.filter { ($0["flags"] as? String)?.hasPrefix("K") == true }
            .compactMap { ($0["pts_time"] as? String).flatMap(Double.init) }
        #expect(frames == frames.sorted())
        for scene in Self.storyboard.scenes {
            #expect(keys.contains { abs($0 - scene.start.seconds) <= 0.05 }, "scene \(scene.id) has no key frame")
            for node in scene.nodes {
                // A fade is eight frames from the moment on; elsewhere frames stand a second apart.
                let fade = frames.filter { $0 >= node.t.seconds - 0.05 && $0 <= node.t.seconds + 0.33 }
                #expect(fade.count >= 8, "nothing changes at \(node.t.seconds) s: \(fade)")
            }
        }
    }

    private func checkNarration(of video: URL, _ recording: URL, _ bench: Workbench) async throws {
        let given = try await bench.samples(of: recording)
        let played = try await bench.samples(of: video)
        #expect(abs(given.count - played.count) <= 400, "lengths differ by over 50 ms")
        #expect(correlation(given, played) >= 0.95)
    }

    private func correlation(_ left: [Double], _ right: [Double]) -> Double {
        var (both, one, two) = (0.0, 0.0, 0.0)
        for (a, b) in zip(left, right) {
            both += a * b
            one += a * a
            two += b * b
        }
        return both / (one * two).squareRoot()
    }

    /// The index stands before the data, so that a player can start before it has the whole file.
    private func checkOrder(of video: URL) throws {
        let bytes = try Data(contentsOf: video)
        let index = try #require(bytes.range(of: Data("moov".utf8)))
        let data = try #require(bytes.range(of: Data("mdat".utf8)))
        #expect(index.lowerBound < data.lowerBound)
    }

    @Test func `subtitles past the end do not make the video longer`() async throws {
        try await Workbench.with { bench in
            var storyboard = Self.storyboard
            storyboard.scenes = Array(storyboard.scenes.prefix(1))
            storyboard.duration = MediaTime(seconds: 10)
            let recording = try await bench.recording("talk.wav", seconds: 10)
            let film = try await film(
                storyboard, narration: narration(recording, bench), subtitles: captions(bench, last: "00:00:13,000"),
                bench)
            let facts = try await bench.probe(film.video, ["-show_entries", "format=duration"])
            let length = ((facts["format"] as? [String: Any])?["duration"] as? String).flatMap(Double.init)
            #expect(abs((length ?? 0) - 10) <= 0.05)
        }
    }

    @Test func `a video of text has no sound and no subtitles`() async throws {
        try await Workbench.with { bench in
            var storyboard = Self.storyboard
            storyboard.scenes = Array(storyboard.scenes.prefix(1))
            storyboard.duration = MediaTime(seconds: 10)
            let film = try await film(storyboard, narration: nil, bench)
            let facts = try await bench.probe(film.video, ["-show_streams"])
            let kinds = (facts["streams"] as? [[String: Any]])?.map { $0["codec_type"] as? String } ?? []
            #expect(kinds.contains("video"))
            #expect(!kinds.contains("audio"))
        }
    }

    @Test("segments are as long as their scenes, to the millisecond", arguments: [200, 700, 1_000, 4_321] as [Int64])
    func segmentLength(milliseconds: Int64) async throws {
        try await Workbench.with { bench in
            let scene = Samples.scene(
                .keypoints, Samples.labels(.english, 3), length: Double(milliseconds) / 1_000)
            let storyboard = Storyboard(language: "en", duration: scene.end, scenes: [scene])
            let (_, segment) = try await draw(scene, of: storyboard, bench)
            let facts = try await bench.probe(segment, ["-show_entries", "stream=duration,start_time"])
            let stream = try #require((facts["streams"] as? [[String: Any]])?.first)
            let length = try #require((stream["duration"] as? String).flatMap(Double.init))
            #expect(abs(length - Double(milliseconds) / 1_000) < 0.001)
            #expect((stream["start_time"] as? String).flatMap(Double.init) == 0)
        }
    }

    @Test func `before its time a node is not to be seen, afterwards the picture is the drawing`() async throws {
        try await Workbench.with { bench in
            let scene = Self.storyboard.scenes[0]
            let (drawing, segment) = try await draw(scene, of: Self.storyboard, bench)
            let layout = try JSONDecoder().decode(PictureLayout.self, from: Data(contentsOf: drawing.layout))
            for node in scene.nodes {
                let box = try #require(layout.elements.first { $0.id == "node_\(node.id)" }?.box)
                let offset = node.t - scene.start
                let hidden = try await spread(of: box, in: segment, at: max(0, offset.seconds - 0.1), bench)
                let shown = try await spread(of: box, in: segment, at: offset.seconds + 0.5, bench)
                #expect(hidden < 12, "\(node.id) is seen before its time")
                #expect(shown > 100, "\(node.id) is not seen after its time")
            }
        }
    }

    @Test func `colours in the video are those of the drawing`() async throws {
        try await Workbench.with { bench in
            let (drawing, segment) = try await draw(Self.storyboard.scenes[3], of: Self.storyboard, bench)
            func color(_ file: URL) async throws -> [Int] {
                // The bar of colour beside the title.
                let filter = "reverse,crop=2:2:43:80"
                return try await bench.ffmpeg([
                    "-i", file.path, "-vf", filter, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1",
                ]).standardOutput.prefix(3).map(Int.init)
            }
            let drawn = try await color(drawing.png)
            let played = try await color(segment)
            #expect(zip(drawn, played).allSatisfy { abs($0 - $1) <= 6 }, "drawn \(drawn), played \(played)")
        }
    }

    /// The difference between the darkest and the brightest pixel within the box.
    private func spread(of box: Box, in video: URL, at seconds: Double, _ bench: Workbench) async throws -> Int {
        let inner = Box(x: box.x + 4, y: box.y + 4, width: box.width - 8, height: box.height - 8)
        // Frames last until the next one: the picture at a time is the last frame up to it.
        let filter =
            "trim=end=\(seconds),reverse,crop=\(Int(inner.width)):\(Int(inner.height)):\(Int(inner.x)):\(Int(inner.y))"
        let pixels = try await bench.ffmpeg([
            "-i", video.path, "-vf", filter, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1",
        ]).standardOutput
        return Int(pixels.max() ?? 0) - Int(pixels.min() ?? 0)
    }

    @Test func `editing the title of one scene changes the segment of that scene alone`() async throws {
        try await Workbench.with { bench in
            var edited = Self.storyboard
            edited.scenes[1].title = "A new title"
            for (old, new) in zip(Self.storyboard.scenes, edited.scenes) {
                let before = try Data(contentsOf: try await draw(old, of: Self.storyboard, bench).1)
                let after = try Data(contentsOf: try await draw(new, of: edited, bench).1)
                #expect((before == after) == (old.id != 2), "scene \(old.id)")
            }
        }
    }

    @Test func `forty nodes in one scene stay within the limits of the programs`() async throws {
        try await Workbench.with { bench in
            let scene = Samples.scene(.keypoints, Samples.labels(.longJapanese, 40), length: 45)
            let storyboard = Storyboard(language: "ja", duration: scene.end, scenes: [scene])
            _ = try await draw(scene, of: storyboard, bench)
        }
    }

    @Test func `a scene longer than any video is refused before anything is drawn for it`() async throws {
        try await Workbench.with { bench in
            let scene = Samples.scene(.keypoints, Samples.labels(.english, 2), length: 1e6)
            let storyboard = Storyboard(language: "en", duration: scene.end, scenes: [scene])
            let error = try await #require(throws: MediaError.self) {
                try await draw(scene, of: storyboard, bench)
            }
            #expect(error.code == .invalidScene)
        }
    }
}
