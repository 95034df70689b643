package import Foundation
package import Model
package import Outbound

/// Recognises speech through a service that speaks the OpenAI transcription API.
///
/// The recording is sent in pieces of at most ten minutes, cut where it is quiet, because services take 25 MB. Pieces
/// without any sound are not sent, and what the service itself takes for no speech is left out, as Whisper does.
package struct RemoteRecogniser: SpeechRecogniser {
    private static let answerLimit = 32 << 20
    private static let timeout: Duration = .seconds(600)

    private let exchange: any HTTPExchange
    private let endpoint: URL
    private let key: Secret?
    package let engine: String
    package let model: String

    /// - Parameters:
    ///   - url: the base, such as `https://api.openai.com/v1`, or the whole address ending in `transcriptions`.
    ///   - model: the name that the service knows. The service decides what is behind it.
    package init(exchange: any HTTPExchange, url: URL, model: String, key: Secret?) {
        self.exchange = exchange
        endpoint = url.lastPathComponent == "transcriptions" ? url : url.appending(path: "audio/transcriptions")
        self.key = key
        self.model = model
        engine = "service at \(url.host() ?? url.absoluteString)"
    }

    /// Fails with `OutboundError` when the service does not answer and with `JobFailure` when it refuses.
    package func transcribe(
        _ audio: URL, duration: MediaTime, options: TranscriptionOptions, scratch: URL,
        progress: @escaping @Sendable (Double) -> Void
    ) async throws -> Transcript {
        let recording = try RecordingPieces(audio)
        var builder = TranscriptBuilder(duration: duration)
        var options = options
        var language = ""
        for index in recording.pieces.indices {
            let samples = try recording.samples(of: index)
            if RecordingPieces.isAudible(samples) {
                let answer = try await ask(RecordingPieces.waveFile(samples), options)
                let offset = recording.start(of: index)
                let segments = answer.segments(offset: offset, length: recording.start(of: index + 1) - offset)
                segments.forEach { builder.append($0) }
                if language.isEmpty, !segments.isEmpty { language = answer.languageCode }
                // Later pieces are in the language of the first that said something.
                if options.language == nil, !language.isEmpty { options.language = language }
            }
            progress(Double(index + 1) / Double(recording.pieces.count))
        }
        return builder.transcript(language: options.language ?? language, engine: engine, model: model)
    }

    private func ask(_ wave: Data, _ options: TranscriptionOptions) async throws -> RemoteAnswer {
        var form = MultipartForm()
        form.add("model", model)
        form.add("response_format", "verbose_json")
        form.add("timestamp_granularities[]", "word")
        form.add("timestamp_granularities[]", "segment")
        form.add("temperature", String(options.temperature))
        if let language = options.language { form.add("language", language) }
        if let prompt = options.prompt, !prompt.isEmpty { form.add("prompt", prompt) }
        form.add("file", file: "speech.wav", type: "audio/wav", content: wave)
        var headers = [(name: "content-type", value: form.contentType), (name: "accept", value: "application/json")]
        if let key { headers.append((name: "authorization", value: "Bearer \(key.revealed)")) }
        let response = try await exchange.send(
            HTTPExchangeRequest(url: endpoint, headers: headers, body: form.body),
            maximumBytes: RemoteRecogniser.answerLimit, timeout: RemoteRecogniser.timeout)
        guard response.status == 200 else { throw refusal(response) }
        do {
            return try JSONDecoder().decode(RemoteAnswer.self, from: response.body)
        } catch {
            throw JobFailure(
                code: "recogniser-answer", message: "\(place) answered with no transcription; check speech.url.",
                retryable: false)
        }
    }

    private var place: String { "The transcription service at \(endpoint.host() ?? endpoint.absoluteString)" }

    private func refusal(_ response: HTTPExchangeResponse) -> JobFailure {
        let said = RemoteRefusal.message(in: response.body).map { ": \($0)" } ?? ""
        let answer = "answered \(response.status)\(said)"
        switch response.status {
        case 401, 403:
            return JobFailure(
                code: "recogniser-refused", message: "\(place) does not accept the key; set speech.key. It \(answer).",
                retryable: false)
        case 404:
            return JobFailure(
                code: "recogniser-refused",
                message:
                    "\(place) does not know the address or the model; check speech.url and speech.url_model. It \(answer).",
                retryable: false)
        case 408, 409, 425, 429, 500...:
            return JobFailure(
                code: "recogniser-busy", message: "\(place) is busy or out of order; it \(answer).", retryable: true)
        default:
            return JobFailure(
                code: "recogniser-refused", message: "\(place) refused the recording; it \(answer).", retryable: false)
        }
    }
}

/// The reason in a refusal, as OpenAI-compatible services write it.
private struct RemoteRefusal: Decodable {
    var error: Reason

    struct Reason: Decodable { var message: String }

    static func message(in body: Data) -> String? {
        (try? JSONDecoder().decode(RemoteRefusal.self, from: body)).map { String($0.error.message.prefix(300)) }
    }
}
