import Foundation
import Model
import Outbound
import Synchronization
import Testing

@testable import SpeechVideo

@Suite struct RemoteRecogniserTests {
    @Test("the answer becomes a transcript whose words carry the punctuation of the text")
    func answer() async throws {
        let service = ScriptedService([
            .init(status: 200, body: Data(Self.greeting.utf8))
        ])
        let transcript = try await transcribe(service, speech(seconds: 3), .init(prompt: "Suisha"))
        #expect(transcript.text == "Hello, Suisha. It's late!")
        #expect(transcript.language == "en")
        #expect(transcript.words.map(\.word) == ["Hello,", "Suisha.", "It's", "late!"])
        #expect(transcript.words.map(\.start.seconds) == [0.1, 0.6, 1.6, 2.0])
        #expect(transcript.engine == "service at speech.example" && transcript.model == "whisper-1")

        let request = try #require(service.requests.first)
        #expect(request.url.absoluteString == "https://speech.example/v1/audio/transcriptions")
        #expect(request.headers.contains { $0 == ("authorization", "Bearer k-1") })
        let form = String(decoding: request.body, as: UTF8.self)
        for part in ["name=\"model\"\r\n\r\nwhisper-1\r\n", "verbose_json", "name=\"prompt\"\r\n\r\nSuisha", "RIFF"] {
            #expect(form.contains(part))
        }
    }

    @Test("a long recording is sent in pieces cut in pauses, with the times of the whole")
    func pieces() async throws {
        try await SpeechFixture.withFolder { folder in
            // A pause at 8 to 9 s; pieces of at most 10 s, cut in their last 4.
            var samples = speech(seconds: 15)
            for index in 8 * 16_000..<9 * 16_000 { samples[index] = 0 }
            let (wave, _) = try SpeechFixture.wave(samples, in: folder)
            let recording = try RecordingPieces(wave, longest: 10 * 16_000, search: 4 * 16_000)
            #expect(recording.pieces.count == 2)
            #expect((8.0...9.0).contains(recording.start(of: 1)))
            #expect(recording.start(of: 2) == 15)
            #expect(try recording.samples(of: 0) + recording.samples(of: 1) == samples)
        }
        let answer = try JSONDecoder().decode(RemoteAnswer.self, from: Data(Self.greeting.utf8))
        #expect(answer.segments(offset: 600, length: 3).first?.words.first?.start == 600.1)
    }

    @Test("a silent recording is not sent, and what the service calls no speech is left out")
    func silence() async throws {
        let untouched = ScriptedService([])
        let silent = try await transcribe(untouched, [Int16](repeating: 3, count: 48_000), .init())
        #expect(silent.text.isEmpty && silent.language.isEmpty && untouched.requests.isEmpty)

        let doubtful = """
            {"language": "english", "text": "Thanks for watching", "segments": [{"start": 0, "end": 3,
            "text": "Thanks for watching", "avg_logprob": -1.4, "no_speech_prob": 0.8}]}
            """
        let service = ScriptedService([.init(status: 200, body: Data(doubtful.utf8))])
        #expect(try await transcribe(service, speech(seconds: 3), .init()).text.isEmpty)
    }

    @Test("a service without times for words, or without segments, still gives words with times")
    func sparse() async throws {
        let service = ScriptedService([.init(status: 200, body: Data(#"{"text": "one two 在庫です"}"#.utf8))])
        let transcript = try await transcribe(service, speech(seconds: 3), .init(language: "en"))
        #expect(transcript.words.map(\.word) == ["one", "two", "在", "庫", "で", "す"])
        #expect(transcript.words.last?.end.seconds == 3)
    }

    @Test(
        "a refusal says what to do and whether another attempt makes sense",
        arguments: [(401, "speech.key", false), (404, "speech.url", false), (429, "busy", true), (503, "busy", true)])
    func refusals(status: Int, hint: String, retryable: Bool) async throws {
        let body = Data(#"{"error": {"message": "because"}}"#.utf8)
        let service = ScriptedService([.init(status: status, body: body)])
        let failure = await #expect(throws: JobFailure.self) {
            try await transcribe(service, speech(seconds: 1), .init())
        }
        #expect(failure?.message.contains(hint) == true && failure?.message.contains("because") == true)
        #expect(failure?.retryable == retryable)
        #expect(failure?.message.contains("k-1") == false)
    }

    @Test("an answer that is no transcription is an error, not an empty transcript")
    func nonsense() async throws {
        let service = ScriptedService([.init(status: 200, body: Data("<html>".utf8))])
        let failure = await #expect(throws: JobFailure.self) {
            try await transcribe(service, speech(seconds: 1), .init())
        }
        #expect(failure?.message.contains("no transcription") == true)
    }

    private static let greeting = """
        {"task": "transcribe", "language": "english", "duration": 3.0, "text": "Hello, Suisha. It's late!",
        "segments": [
          {"start": 0, "end": 1.2, "text": " Hello, Suisha.", "avg_logprob": -0.2, "no_speech_prob": 0.01},
          {"start": 1.2, "end": 3, "text": " It's late!", "avg_logprob": -0.2, "no_speech_prob": 0.01}],
        "words": [{"word": "Hello", "start": 0.1, "end": 0.5}, {"word": "Suisha", "start": 0.6, "end": 1.1},
          {"word": "It's", "start": 1.6, "end": 1.9}, {"word": "late", "start": 2.0, "end": 2.6}]}
        """

    private func transcribe(
        _ service: ScriptedService, _ samples: [Int16], _ options: TranscriptionOptions
    ) async throws -> Transcript {
        let url = try #require(URL(string: "https://speech.example/v1"))
        let recogniser = RemoteRecogniser(exchange: service, url: url, model: "whisper-1", key: Secret("k-1"))
        return try await SpeechFixture.withFolder { folder in
            let (wave, duration) = try SpeechFixture.wave(samples, in: folder)
            return try await recogniser.transcribe(wave, duration: duration, options: options, scratch: folder) { _ in }
        }
    }

    /// Something loud enough to be sent.
    private func speech(seconds: Int) -> [Int16] {
        (0..<seconds * 16_000).map { Int16(4_000 * sin(Double($0) / 20)) }
    }
}

/// Answers in order and remembers what was asked.
private final class ScriptedService: HTTPExchange {
    private let answers: Mutex<[HTTPExchangeResponse]>
    private let asked: Mutex<[HTTPExchangeRequest]> = Mutex([])

    init(_ answers: [HTTPExchangeResponse]) {
        self.answers = Mutex(answers)
    }

    var requests: [HTTPExchangeRequest] { asked.withLock { $0 } }

    func send(
        _ request: HTTPExchangeRequest, maximumBytes: Int, timeout: Duration
    ) async throws -> HTTPExchangeResponse {
        asked.withLock { $0.append(request) }
        return try answers.withLock { answers in
            guard !answers.isEmpty else { throw OutboundError(.unreachable, "The script is over.") }
            return answers.removeFirst()
        }
    }
}
