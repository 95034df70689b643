import ChildProcesses
import Conformance
import Foundation
import Glibc
import Model
import Synchronization
import Testing

@testable import SpeechVideo

/// The real helper with the real model. One after the other: each of them wants all processors.
@Suite(.serialized, .enabled(if: SpeechFixture.obstacle == nil, "\(SpeechFixture.obstacle ?? "")"))
struct RecognitionTests {
    @Test("D1: the English sample is heard without an error, with the time of each word")
    func english() async throws {
        let transcript = try await SpeechFixture.transcript(of: "jfk.flac")
        #expect(errorRate(words(transcript.text), against: words(try SpeechFixture.reference("jfk.txt"))) == 0)
        #expect(transcript.language == "en")
        #expect(transcript.engine.hasPrefix("whisper.cpp 1."))
        #expect(transcript.model.hasPrefix("base@"))
        let heard = transcript.words
        #expect(words(heard.map(\.word).joined(separator: " ")) == words(transcript.text))
        #expect(zip(heard, heard.dropFirst()).allSatisfy { $0.start <= $1.start })
        #expect(heard.allSatisfy { $0.start <= $0.end && $0.end <= transcript.duration })
        // The pause before "ask what" ends at 8.2 s in the recording.
        let second = try #require(heard.lastIndex { $0.word.lowercased().hasPrefix("ask") })
        #expect((7.9...8.5).contains(heard[second].start.seconds))
    }

    @Test("D1: the Japanese sample is recognised as Japanese, with sentence marks and at most a fifth of wrong letters")
    func japanese() async throws {
        let transcript = try await SpeechFixture.transcript(of: "order-ja.flac")
        let reference = letters(try SpeechFixture.reference("order-ja.txt"))
        // Base hears 14 of 80 wrong, as faster-whisper does with the same weights: words it writes with other characters.
        #expect(errorRate(letters(transcript.text), against: reference) <= 0.2)
        #expect(transcript.language == "ja")
        #expect(transcript.text.filter { $0 == "。" }.count >= 3)
        #expect(letters(transcript.words.map(\.word).joined()) == letters(transcript.text))
    }

    @Test("D1: names in the prompt are spelled as given")
    func prompt() async throws {
        let transcript = try await SpeechFixture.transcript(
            of: "order-ja.flac", options: .init(language: "ja", prompt: "在庫、梱包、仕入れ先、入荷。"))
        #expect(transcript.text.contains("仕入れ先に発注して入荷を"))
    }

    @Test(
        "D1: silence, noise and hum give no words", arguments: ["silence", "white noise", "hum", "clicks", "nothing"])
    func noSpeech(kind: String) async throws {
        var generator = SeededGenerator(state: 7)
        let samples = (0..<(kind == "nothing" ? 0 : 20 * RecordingPieces.sampleRate)).map { index -> Int16 in
            switch kind {
            case "white noise": return Int16.random(in: -6_000...6_000, using: &generator)
            case "hum": return Int16(8_000 * sin(Double(index) * 2 * .pi * 50 / 16_000))
            case "clicks": return index % 8_000 < 40 ? 20_000 : 0
            default: return 0
            }
        }
        try await SpeechFixture.withFolder { folder in
            let (wave, duration) = try SpeechFixture.wave(samples, in: folder)
            let transcript = try await SpeechFixture.recogniser.transcribe(
                wave, duration: duration, options: .init(), scratch: folder
            ) { _ in }
            #expect(transcript.text.isEmpty && transcript.words.isEmpty && transcript.segments.isEmpty)
            #expect(transcript.language.isEmpty)
        }
    }

    @Test("progress never goes back and ends at 1")
    func progress() async throws {
        try await SpeechFixture.withFolder { folder in
            let (wave, duration) = try await SpeechFixture.normalized("jfk.flac", in: folder)
            let seen = Mutex<[Double]>([])
            _ = try await SpeechFixture.recogniser.transcribe(
                wave, duration: duration, options: .init(language: "en"), scratch: folder
            ) { fraction in seen.withLock { $0.append(fraction) } }
            let fractions = seen.withLock { $0 }
            #expect(fractions == fractions.sorted() && fractions.last == 1)
        }
    }

    @Test("a cancelled transcription leaves no process")
    func cancel() async throws {
        try await SpeechFixture.withFolder { folder in
            let work = try await started(in: folder)
            let helper = try await helper(of: folder)
            work.cancel()
            await #expect(throws: CancellationError.self) { try await work.value }
            #expect(kill(helper, 0) != 0 && errno == ESRCH)
        }
    }

    @Test("a helper that is killed fails the attempt with the reason, not the job for good")
    func killed() async throws {
        try await SpeechFixture.withFolder { folder in
            let work = try await started(in: folder)
            kill(try await helper(of: folder), SIGKILL)
            let failure = await #expect(throws: ProcessFailure.self) { try await work.value }
            #expect(failure?.code == .killed(signal: SIGKILL))
            #expect(failure?.message.contains("suisha-transcribe was killed by signal 9") == true)
        }
    }

    @Test("a recording that is cut off, or no WAV file, is refused with the reason")
    func unreadable() async throws {
        try await SpeechFixture.withFolder { folder in
            let whole = RecordingPieces.waveFile([Int16](repeating: 9, count: 16_000))
            for (content, reason) in [(whole.prefix(9_000), "cut off"), (Data("hello".utf8), "not a WAV file")] {
                let file = folder.appending(path: "broken.wav")
                try content.write(to: file)
                let failure = await #expect(throws: JobFailure.self) {
                    try await SpeechFixture.recogniser.transcribe(
                        file, duration: .init(seconds: 1), options: .init(), scratch: folder
                    ) { _ in }
                }
                #expect(failure?.message.contains(reason) == true && failure?.retryable == false)
            }
        }
    }

    @Test("a language that the model does not know is named")
    func unknownLanguage() async throws {
        let failure = await #expect(throws: JobFailure.self) {
            try await SpeechFixture.transcript(of: "jfk.flac", options: .init(language: "xx"))
        }
        #expect(failure?.code == "unknown-language" && failure?.message.contains("'xx'") == true)
    }

    /// A transcription of some minutes.
    private func started(in folder: URL) async throws -> Task<Transcript, any Error> {
        let (wave, _) = try await SpeechFixture.normalized("jfk.flac", in: folder)
        let sample = try RecordingPieces(wave).samples(of: 0)
        let (long, duration) = try SpeechFixture.wave(Array(repeatElement(sample, count: 20).joined()), in: folder)
        // Awaited by each test that starts it.
        return Task {
            try await SpeechFixture.recogniser.transcribe(long, duration: duration, options: .init(), scratch: folder) {
                _ in
            }
        }
    }

    /// The process that the run recorded in its folder.
    private func helper(of folder: URL) async throws -> pid_t {
        try await eventually("the helper is running") {
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            return files.first { $0.hasSuffix(".group") }.flatMap { pid_t($0.dropLast(".group".count)) }
        }
    }
}

/// The same noise each time.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
