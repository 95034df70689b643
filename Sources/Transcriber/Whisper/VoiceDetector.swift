import CWhisper

/// Tells how likely each moment of a recording holds a voice (Silero).
struct VoiceDetector: ~Copyable {
    /// Samples that each probability covers.
    static let window: Int = 512
    private let context: OpaquePointer

    init(model path: String, threads: Int32) throws {
        WhisperLog.keepErrorsOnly()
        var parameters = whisper_vad_default_context_params()
        parameters.n_threads = threads
        parameters.use_gpu = false
        guard let context = whisper_vad_init_from_file_with_params(path, parameters) else {
            throw TranscriberError(
                .unusableModel, "The voice activity model \(path) is missing or broken; run 'make setup'")
        }
        self.context = context
    }

    deinit { whisper_vad_free(context) }

    /// Voice probabilities of a recording, one for each window, read in pieces of a minute.
    func probabilities(in recording: WaveFile) throws -> [Float] {
        whisper_vad_reset_state(context)
        var probabilities: [Float] = []
        probabilities.reserveCapacity(recording.sampleCount / VoiceDetector.window + 1)
        let piece = VoiceDetector.window * 1_875
        for start in stride(from: 0, to: recording.sampleCount, by: piece) {
            let samples = try recording.samples(start..<start + piece)
            guard whisper_vad_detect_speech_no_reset(context, samples, Int32(samples.count)) else {
                throw TranscriberError(.recognitionFailed, "Voice activity detection failed; try again")
            }
            let count = Int(whisper_vad_n_probs(context))
            probabilities += UnsafeBufferPointer(start: whisper_vad_probs(context), count: count)
        }
        return probabilities
    }
}
