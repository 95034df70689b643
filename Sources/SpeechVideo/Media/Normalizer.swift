package import Foundation

/// Turns any accepted recording into the two forms the later stages read, in one pass over it.
package struct Normalizer: Sendable {
    let tools: MediaTools

    package init(tools: MediaTools) {
        self.tools = tools
    }

    /// Writes `speech`, 16 kHz mono 16-bit WAV for recognition, and `narration`, 48 kHz AAC-LC in MP4 for the video.
    ///
    /// Loudness stays as it is. More than two channels become stereo, mono stays mono. Both files appear whole or not at
    /// all.
    /// - Parameter narration: nil makes the WAV alone.
    package func normalize(
        _ file: URL, info: MediaInfo, speech: URL, narration: URL?,
        progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) async throws {
        let wav = tools.temporary("wav")
        let aac = tools.temporary("m4a")
        defer { for file in [wav, aac] { try? FileManager.default.removeItem(at: file) } }
        // Without times and names of tools the same recording gives the same bytes, and so the same object.
        let plain = ["-map", "0:\(info.audioStream)", "-map_metadata", "-1", "-fflags", "+bitexact"]
        var outputs: [String] =
            plain + ["-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le", "-flags:a", "+bitexact", "-f", "wav", wav.path]
        if narration != nil {
            let channels = min(2, max(1, info.channels))
            outputs +=
                plain + ["-ac", "\(channels)", "-ar", "48000", "-c:a", "aac", "-b:a", channels == 1 ? "96k" : "160k"]
                + ["-flags:a", "+bitexact", "-f", "ipod", aac.path]
        }
        _ = try await tools.ffmpeg(
            MediaTools.untrustedInput(file) + outputs, timeout: .seconds(120 + info.duration.seconds / 5),
            watching: ProgressWatch(duration: info.duration, report: progress))
        try tools.publish(wav, as: speech)
        if let narration { try tools.publish(aac, as: narration) }
    }
}
