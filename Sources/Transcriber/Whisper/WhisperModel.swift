import CWhisper
import Foundation

/// A loaded speech model.
struct WhisperModel: ~Copyable {
    /// Texts followed at the same time. Five make a fifth fewer errors than one, for a quarter more processor time.
    private static let beams: Int32 = 5
    private let context: OpaquePointer
    private let threads: Int32

    static var engine: String { "whisper.cpp \(String(cString: whisper_version()))" }

    init(path: String, threads: Int32) throws {
        WhisperLog.keepErrorsOnly()
        var parameters = whisper_context_default_params()
        parameters.use_gpu = false
        parameters.flash_attn = true
        guard FileManager.default.isReadableFile(atPath: path),
            let context = whisper_init_from_file_with_params(path, parameters)
        else {
            throw TranscriberError(.unusableModel, "The speech model \(path) is missing or broken; run 'make setup'")
        }
        self.context = context
        self.threads = threads
    }

    deinit { whisper_free(context) }

    /// Probability of each language the model knows, for up to 30 s of speech. An English-only model says `en`.
    func languages(of samples: [Float]) throws -> [String: Float] {
        guard whisper_is_multilingual(context) != 0 else { return ["en": 1] }
        var probabilities = [Float](repeating: 0, count: Int(whisper_lang_max_id()) + 1)
        guard whisper_pcm_to_mel(context, samples, Int32(samples.count), threads) == 0,
            whisper_lang_auto_detect(context, 0, threads, &probabilities) >= 0
        else { throw TranscriberError(.recognitionFailed, "The language could not be detected; name it and try again") }
        var languages: [String: Float] = [:]
        for (id, probability) in probabilities.enumerated() {
            if let name = whisper_lang_str(Int32(id)) { languages[String(cString: name)] = probability }
        }
        return languages
    }

    /// Whether the model can write the language with this ISO 639-1 code.
    func knows(language: String) -> Bool {
        whisper_is_multilingual(context) != 0 ? whisper_lang_id(language) >= 0 : language == "en"
    }

    /// Recognises up to some minutes of speech. Times of the segments count from the first sample.
    func recognise(
        _ samples: [Float], language: String, prompt: String?, temperature: Double,
        progress: @escaping (Double) -> Void
    ) throws -> [RecognisedSegment] {
        var parameters = whisper_full_default_params(WHISPER_SAMPLING_BEAM_SEARCH)
        parameters.n_threads = threads
        parameters.beam_search.beam_size = WhisperModel.beams
        parameters.print_progress = false
        parameters.print_timestamps = false
        parameters.token_timestamps = true
        parameters.suppress_nst = true
        parameters.temperature = Float(temperature)
        let receiver = ProgressReceiver(receive: progress)
        parameters.progress_callback = { _, _, percent, receiver in
            guard let receiver else { return }
            Unmanaged<ProgressReceiver>.fromOpaque(receiver).takeUnretainedValue().receive(Double(percent) / 100)
        }
        parameters.progress_callback_user_data = Unmanaged.passUnretained(receiver).toOpaque()
        let context = self.context
        let status = language.withCString { language in
            (prompt ?? "").withCString { prompt in
                parameters.language = language
                parameters.initial_prompt = prompt
                return withExtendedLifetime(receiver) {
                    whisper_full(context, parameters, samples, Int32(samples.count))
                }
            }
        }
        guard status == 0 else {
            throw TranscriberError(.recognitionFailed, "whisper.cpp gave up with status \(status); try again")
        }
        return (0..<whisper_full_n_segments(context)).map { WhisperModel.segment($0, of: context) }
    }

    private static func segment(_ index: Int32, of context: OpaquePointer) -> RecognisedSegment {
        let end = whisper_token_eot(context)
        let tokens = (0..<whisper_full_n_tokens(context, index)).compactMap { number -> Token? in
            let data = whisper_full_get_token_data(context, index, number)
            // Numbers from the end-of-text token on are marks, not text.
            guard data.id < end, let text = whisper_token_to_str(context, data.id) else { return nil }
            let bytes = UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
            return Token(
                bytes: bytes, start: Double(data.t0) / 100, end: Double(data.t1) / 100,
                logProbability: Double(data.plog))
        }
        let logProbability = tokens.reduce(0) { $0 + $1.logProbability } / Double(max(1, tokens.count))
        return RecognisedSegment(
            start: Double(whisper_full_get_segment_t0(context, index)) / 100,
            end: Double(whisper_full_get_segment_t1(context, index)) / 100,
            text: String(decoding: tokens.flatMap(\.bytes), as: UTF8.self),
            averageLogProbability: logProbability,
            noSpeechProbability: Double(whisper_full_get_segment_no_speech_prob(context, index)),
            words: WordAssembler.words(tokens))
    }
}

/// Carries a Swift closure through a C callback.
private final class ProgressReceiver {
    let receive: (Double) -> Void

    init(receive: @escaping (Double) -> Void) {
        self.receive = receive
    }
}
