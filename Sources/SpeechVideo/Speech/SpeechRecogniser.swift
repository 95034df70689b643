package import Foundation

/// Turns a normalized recording into a transcript.
package protocol SpeechRecogniser: Sendable {
    /// The recogniser and its version, for example `whisper.cpp 1.8.5`. Part of the step key.
    var engine: String { get }
    /// Name and content hash of the model. Part of the step key.
    var model: String { get }

    /// Recognises the speech in `audio`, a 16 kHz mono 16-bit WAV file.
    ///
    /// Silence and noise give an empty transcript, never invented words. Cancelling the task ends every process started
    /// for it within 3 s.
    ///
    /// - Parameters:
    ///   - duration: length of the recording, carried into the transcript.
    ///   - scratch: an existing folder for temporary files; the caller removes it.
    ///   - progress: called with the finished share, 0 to 1, never decreasing.
    func transcribe(
        _ audio: URL, duration: MediaTime, options: TranscriptionOptions, scratch: URL,
        progress: @escaping @Sendable (Double) -> Void
    ) async throws -> Transcript
}

/// The choices of one transcription, named as in the OpenAI transcription API.
package struct TranscriptionOptions: Hashable, Sendable, Codable {
    /// ISO 639-1 code, or nil to detect the language.
    package var language: String?
    /// Words or names that help the recogniser with spelling.
    package var prompt: String?
    /// 0 is deterministic; up to 1.
    package var temperature: Double

    package init(language: String? = nil, prompt: String? = nil, temperature: Double = 0) {
        self.language = language
        self.prompt = prompt
        self.temperature = temperature
    }
}
