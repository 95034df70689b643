import ChildProcesses
package import Foundation
import Model

/// Finds out what a file really is, by its content and never by its name, and refuses what no video can be made of.
package struct MediaProbe: Sendable {
    let tools: MediaTools
    let limits: MediaLimits

    /// The lowest share of the promised sound that must decode.
    static let leastShare: Double = 0.9
    private static let decodedBytesPerSecond: Int64 = 16_000

    package init(tools: MediaTools, limits: MediaLimits = MediaLimits()) {
        self.tools = tools
        self.limits = limits
    }

    /// Reads the header, then decodes all of the sound once: only that shows what is there. The cost is about 1 s of
    /// processor time for 10 minutes of sound.
    /// - Throws: `MediaError` when the file is refused, `ProcessFailure` when the machine failed.
    package func probe(
        _ file: URL, progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) async throws -> MediaInfo {
        let bytes = try size(of: file)
        let (header, isEstimate) = try await readHeader(file)
        guard let sound = header.sound else {
            throw MediaError(
                .noAudio,
                header.hasVideo
                    ? "The file is a video without sound; send a recording in which somebody speaks."
                    : "The file holds no sound; send a recording in which somebody speaks.")
        }
        let promised = promisedLength(header)
        let decoded = try await decodedLength(of: file, stream: sound.index, promised: promised, progress: progress)
        // From the length of the file nothing can be concluded about what is missing; a WAV file says more by itself.
        let said = isEstimate ? WaveHeader(file)?.promisedLength ?? .zero : promised
        try judge(decoded: decoded, promised: said)
        return MediaInfo(
            duration: decoded, codec: sound.codecName ?? "unknown", container: header.format.formatName,
            channels: sound.channels ?? 1, sampleRate: sound.sampleRate.flatMap(Int.init) ?? 0, bytes: bytes,
            hasVideo: header.hasVideo, audioStream: sound.index)
    }

    private func size(of file: URL) throws -> ByteCount {
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        let bytes = ByteCount((attributes[.size] as? NSNumber)?.int64Value ?? 0)
        if bytes.bytes == 0 {
            throw MediaError(.empty, "The file is empty; send a recording that holds sound.")
        }
        if bytes > limits.size {
            throw MediaError(
                .tooLarge,
                "The file has \(bytes), more than the \(limits.size) allowed; cut it or save it as MP3 or M4A.")
        }
        return bytes
    }

    /// What the header says, which may be anything: a number that no clock can hold counts as nothing.
    private func promisedLength(_ header: MediaHeader) -> MediaTime {
        let seconds = header.format.duration.flatMap(Double.init) ?? 0
        return (0...1e9).contains(seconds) ? MediaTime(seconds: seconds) : .zero
    }

    private func readHeader(_ file: URL) async throws -> (MediaHeader, isEstimate: Bool) {
        do {
            let answer = try await tools.ffprobe(
                ["-print_format", "json", "-show_format", "-show_streams"] + MediaTools.untrustedInput(file))
            let header = try JSONDecoder().decode(MediaHeader.self, from: Data(answer.standardOutput))
            return (header, answer.standardErrorTail.contains("Estimating duration from bitrate"))
        } catch let failure as ProcessFailure {
            guard failure.isFromContent else { throw failure }
            let isCut = ["moov atom not found", "EBML header parsing failed", "nd of file"]
                .contains(where: failure.standardErrorTail.contains)
            throw isCut && !failure.standardErrorTail.contains("Format not on whitelist")
                ? MediaError(.incomplete, "The recording is cut off: its index is missing; export or upload it again.")
                : MediaProbe.notMedia
        } catch is DecodingError {
            throw MediaProbe.notMedia
        }
    }

    private static let notMedia: MediaError = MediaError(
        .notMedia,
        "The content is not a recording that can be read, whatever its name says; "
            + "send MP3, M4A, AAC, OGG, FLAC, WAV, WebM or MP4.")

    /// Decodes to 8 kHz mono and counts: timestamps can lie, samples cannot.
    private func decodedLength(
        of file: URL, stream: Int, promised: MediaTime, progress: @escaping @Sendable (Double) -> Void
    ) async throws -> MediaTime {
        let watch = ProgressWatch(duration: max(promised, MediaTime(milliseconds: 1)), report: progress)
        let longest = limits.duration.seconds + 5
        do {
            _ = try await tools.ffmpeg(
                MediaTools.untrustedInput(file) + [
                    "-map", "0:\(stream)", "-ac", "1", "-ar", "8000", "-c:a", "pcm_s16le", "-f", "s16le",
                    "-fs", "\(Int64(longest) * MediaProbe.decodedBytesPerSecond)", "/dev/null",
                ], timeout: .seconds(120 + min(promised, limits.duration).seconds / 20), watching: watch)
        } catch let failure as ProcessFailure where failure.isFromContent {
            // Damaged somewhere: what decoded up to there counts.
        }
        return MediaTime(milliseconds: watch.bytes * 1_000 / MediaProbe.decodedBytesPerSecond)
    }

    private func judge(decoded: MediaTime, promised: MediaTime) throws {
        let longest = limits.duration
        if decoded.milliseconds < 20 {
            throw MediaError(.incomplete, "No sound could be decoded: the recording is damaged; export it again.")
        }
        // Decoding stops a little past the limit, so this comes before the comparison with the promise.
        if decoded > longest {
            throw MediaError(
                .tooLong, "The recording is longer than \(longest.spoken), the most allowed; send it in parts.")
        }
        let missing = promised - decoded
        if missing.milliseconds > 1_000, decoded.seconds < promised.seconds * MediaProbe.leastShare {
            throw MediaError(
                .incomplete,
                "The file promises \(promised.spoken) of sound but holds \(decoded.spoken): "
                    + "it is cut off or damaged; export or upload it again.")
        }
    }
}

extension ProcessFailure {
    /// True when the program ran and gave up on what it read, rather than being stopped or missing.
    var isFromContent: Bool { (1...255).contains { code == .exited(status: $0) } }
}

extension MediaTime {
    /// For people: `3 h 0 min`, `1 min 5 s`, `1.0 s`.
    var spoken: String {
        let whole = milliseconds / 1_000
        if whole >= 3_600 { return "\(whole / 3_600) h \(whole % 3_600 / 60) min" }
        if whole >= 60 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole).\(milliseconds % 1_000 / 100) s"
    }
}
