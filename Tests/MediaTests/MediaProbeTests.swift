import ChildProcesses
import Foundation
import Model
import Testing

@testable import SpeechVideo

@Suite("probing recordings")
struct MediaProbeTests {
    /// A way to save three seconds of sound.
    struct Format: Sendable, CustomTestStringConvertible {
        var name: String
        var options: [String] = []
        var codec: String
        var channels: Int = 1
        var rate: Int = 48_000

        var testDescription: String { ([name] + options).joined(separator: " ") }
    }

    static let formats: [Format] = [
        Format(name: "a.mp3", codec: "mp3"),
        Format(name: "a.mp3", options: ["-q:a", "5", "-write_xing", "0"], codec: "mp3"),
        Format(name: "a.aac", codec: "aac"),
        Format(name: "a.m4a", codec: "aac"),
        Format(name: "a.ogg", options: ["-c:a", "libvorbis"], codec: "vorbis"),
        Format(name: "a.opus", options: ["-c:a", "libopus"], codec: "opus"),
        Format(name: "a.webm", options: ["-c:a", "libopus"], codec: "opus"),
        Format(name: "a.flac", codec: "flac"),
        Format(name: "a.wav", codec: "pcm_s16le"),
        Format(name: "8bit.wav", options: ["-c:a", "pcm_u8", "-ar", "8000"], codec: "pcm_u8", rate: 8_000),
        Format(name: "96k.flac", options: ["-ar", "96000"], codec: "flac", rate: 96_000),
        Format(name: "24bit.wav", options: ["-c:a", "pcm_s24le", "-ar", "96000"], codec: "pcm_s24le", rate: 96_000),
        Format(name: "stereo.mp3", options: ["-ac", "2"], codec: "mp3", channels: 2),
        Format(name: "surround.m4a", options: ["-ac", "6"], codec: "aac", channels: 6),
        Format(name: "surround.flac", options: ["-ac", "6"], codec: "flac", channels: 6),
    ]

    @Test("A6: a recording is measured by what decodes, then normalised", arguments: formats)
    func measures(format: Format) async throws {
        try await Workbench.with { bench in
            let recording = try await bench.recording(format.name, format.options)
            // The name says nothing: content decides.
            let file = bench.file("upload")
            try FileManager.default.moveItem(at: recording, to: file)
            let info = try await MediaProbe(tools: bench.tools).probe(file)
            #expect(info.codec == format.codec)
            #expect(info.channels == format.channels)
            #expect(info.sampleRate == format.rate)
            #expect(!info.hasVideo)
            // Some encoders pad to whole packets.
            #expect(abs(info.duration.seconds - 3) < 0.12)

            let speech = bench.file("speech.wav")
            let narration = bench.file("narration.m4a")
            try await Normalizer(tools: bench.tools).normalize(
                file, info: info, speech: speech, narration: narration)
            let wav = try await MediaProbe(tools: bench.tools).probe(speech)
            #expect(wav.codec == "pcm_s16le")
            #expect(wav.channels == 1)
            #expect(wav.sampleRate == 16_000)
            #expect(abs((wav.duration - info.duration).milliseconds) <= 50)
            let aac = try await MediaProbe(tools: bench.tools).probe(narration)
            #expect(aac.codec == "aac")
            #expect(aac.channels == min(2, format.channels))
            #expect(aac.sampleRate == 48_000)
        }
    }

    @Test func `silence is a recording: whether somebody speaks is not decided here`() async throws {
        try await Workbench.with { bench in
            let file = bench.file("silent.wav")
            try await bench.ffmpeg(["-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "2", file.path])
            #expect(try await MediaProbe(tools: bench.tools).probe(file).duration == MediaTime(milliseconds: 2_000))
        }
    }

    @Test func `the sound of a video counts, its pictures do not`() async throws {
        try await Workbench.with { bench in
            let file = bench.file("talk.mp4")
            try await bench.ffmpeg([
                "-f", "lavfi", "-i", "testsrc=s=160x90:d=2", "-f", "lavfi", "-i", "sine=d=2", "-pix_fmt", "yuv420p",
                file.path,
            ])
            let info = try await MediaProbe(tools: bench.tools).probe(file)
            #expect(info.hasVideo)
            #expect(info.audioStream == 1)
            #expect(info.codec == "aac")
        }
    }

    private func refusal(_ bench: Workbench, _ file: URL, limits: MediaLimits = MediaLimits()) async throws
        -> MediaError
    {
        let probe = MediaProbe(tools: bench.tools, limits: limits)
        let error = try await #require(throws: MediaError.self) { try await probe.probe(file) }
        #expect(error.message.hasSuffix("."))
        return error
    }

    @Test func `an empty file is refused`() async throws {
        try await Workbench.with { bench in
            let file = bench.file("a.mp3")
            try Data().write(to: file)
            #expect(try await refusal(bench, file).code == .empty)
        }
    }

    @Test(
        "content that is no recording is refused, whatever its name",
        arguments: [
            "Dear diary,\n" + String(repeating: "today I wrote a text and named it like a song. ", count: 400),
            "#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
            "ffconcat version 1.0\nfile /etc/passwd\n",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"file:///etc/passwd\"/></svg>",
        ])
    func refusesText(content: String) async throws {
        try await Workbench.with { bench in
            let file = bench.file("song.mp3")
            try Data(content.utf8).write(to: file)
            let error = try await refusal(bench, file)
            #expect(error.code == .notMedia)
            #expect(error.message.contains("send MP3"))
        }
    }

    @Test func `random bytes are refused`() async throws {
        try await Workbench.with { bench in
            let file = bench.file("noise.mp3")
            var random = SystemRandomNumberGenerator()
            try Data((0..<50_000).map { _ in UInt8.random(in: 0...255, using: &random) }).write(to: file)
            let code = try await refusal(bench, file).code
            #expect(code == .notMedia || code == .incomplete)
        }
    }

    @Test func `a video without sound is refused`() async throws {
        try await Workbench.with { bench in
            let file = bench.file("mute.mp4")
            try await bench.ffmpeg(["-f", "lavfi", "-i", "testsrc=s=160x90:d=1", "-pix_fmt", "yuv420p", file.path])
            let error = try await refusal(bench, file)
            #expect(error.code == .noAudio)
            #expect(error.message.contains("video without sound"))
        }
    }

    @Test(
        "a file cut in half is refused",
        arguments: [
            ("cut.m4a", []), ("front.m4a", ["-movflags", "+faststart"]), ("cut.wav", []), ("cut.flac", []),
        ] as [(String, [String])])
    func refusesHalf(name: String, options: [String]) async throws {
        try await Workbench.with { bench in
            let file = try await bench.recording(name, seconds: 12, options)
            let whole = try Data(contentsOf: file)
            try whole.prefix(whole.count / 2).write(to: file)
            let error = try await refusal(bench, file)
            #expect(error.code == .incomplete)
            #expect(error.message.contains("cut off"))
        }
    }

    @Test("formats without a length in front give what is there", arguments: ["cut.mp3", "cut.aac", "cut.ogg"])
    func takesHalf(name: String) async throws {
        try await Workbench.with { bench in
            let file = try await bench.recording(name, seconds: 12, name == "cut.mp3" ? ["-write_xing", "0"] : [])
            let whole = try Data(contentsOf: file)
            try whole.prefix(whole.count / 2).write(to: file)
            let info = try await MediaProbe(tools: bench.tools).probe(file)
            #expect((2.0...9.0).contains(info.duration.seconds))
        }
    }

    @Test func `a header that promises three hours over one second is refused quickly`() async throws {
        try await Workbench.with { bench in
            let file = bench.file("lie.wav")
            let rate: UInt32 = 16_000
            let promised = rate * 2 * 3 * 3_600
            var bytes = Data("RIFF".utf8) + little(promised + 36) + Data("WAVEfmt ".utf8) + little(16)
            bytes += Data([1, 0, 1, 0]) + little(rate) + little(rate * 2) + Data([2, 0, 16, 0])
            bytes += Data("data".utf8) + little(promised) + Data(count: Int(rate) * 2)
            try bytes.write(to: file)
            let error = try await refusal(bench, file)
            #expect(error.code == .incomplete)
            #expect(error.message.contains("promises 3 h 0 min of sound but holds 1.0 s"))
        }
    }

    @Test func `a WAV that was recorded into a pipe does not say its length and is taken`() async throws {
        try await Workbench.with { bench in
            let bytes = try await bench.ffmpeg(["-f", "lavfi", "-i", "sine=d=3", "-f", "wav", "pipe:1"]).standardOutput
            let file = bench.file("piped.wav")
            try Data(bytes).write(to: file)
            #expect(try await MediaProbe(tools: bench.tools).probe(file).duration == MediaTime(milliseconds: 3_000))
        }
    }

    private func little(_ value: UInt32) -> Data { withUnsafeBytes(of: value.littleEndian) { Data($0) } }

    @Test func `what is longer or larger than allowed is refused`() async throws {
        try await Workbench.with { bench in
            let file = try await bench.recording("long.mp3", seconds: 20)
            let long = try await refusal(bench, file, limits: MediaLimits(duration: MediaTime(milliseconds: 10_000)))
            #expect(long.code == .tooLong)
            // Far past the limit, where decoding stops early.
            let longer = try await refusal(bench, file, limits: MediaLimits(duration: MediaTime(milliseconds: 3_000)))
            #expect(longer.code == .tooLong)
            let large = try await refusal(bench, file, limits: MediaLimits(size: .kibibytes(10)))
            #expect(large.code == .tooLarge)

            // A hole of 3 GiB costs no disk and no time.
            let huge = bench.file("huge.wav")
            #expect(FileManager.default.createFile(atPath: huge.path, contents: nil))
            let handle = try FileHandle(forWritingTo: huge)
            try handle.truncate(atOffset: 3 << 30)
            try handle.close()
            #expect(try await refusal(bench, huge).code == .tooLarge)
        }
    }

    @Test("codes are words for programs")
    func codes() {
        #expect("\(MediaError.Code.notMedia)" == "not-media")
        #expect("\(MediaError.Code.empty)" == "empty")
    }
}
