import ChildProcesses
package import Foundation
import Model

/// Joins segments, narration, subtitles and chapters into the video that people play.
package struct Muxer: Sendable {
    let tools: MediaTools

    package init(tools: MediaTools) {
        self.tools = tools
    }

    /// What goes into a video.
    package struct Input: Sendable {
        /// One file a scene, in order, as `SegmentRenderer` makes them.
        package var segments: [URL]
        /// AAC in MP4 as `Normalizer` makes it; nil, for videos made from text, leaves the video without sound.
        package var narration: URL?
        /// WebVTT or SubRip; nil for none.
        package var subtitles: URL?
        package var storyboard: Storyboard

        package init(segments: [URL], narration: URL?, subtitles: URL?, storyboard: Storyboard) {
            self.segments = segments
            self.narration = narration
            self.subtitles = subtitles
            self.storyboard = storyboard
        }
    }

    /// Writes the video (H.264, AAC, switchable subtitles, chapters, index in front), its chapters as WebVTT and its
    /// picture (PNG). Nothing is encoded again. The files appear whole or not at all, the video last.
    /// - Parameter picture: The drawing whose PNG becomes the thumbnail.
    package func mux(
        _ input: Input, picture: DrawnScene, video: URL, chapters: URL, thumbnail: URL,
        progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) async throws {
        guard !input.segments.isEmpty, input.segments.count == input.storyboard.scenes.count else {
            throw MediaError(
                .invalidScene,
                "A video needs one segment for each scene; there are \(input.segments.count) for "
                    + "\(input.storyboard.scenes.count) scenes.")
        }
        let list = tools.temporary("ffconcat")
        let metadata = tools.temporary("ffmetadata")
        let whole = tools.temporary("mp4")
        let small = tools.temporary("png")
        let captions = tools.temporary("captions")
        defer {
            for file in [list, metadata, whole, small, captions] { try? FileManager.default.removeItem(at: file) }
        }
        let marks = Chapters(input.storyboard)
        try Data(concatenation(input).utf8).write(to: list)
        try Data(marks.ffmetadata.utf8).write(to: metadata)
        var input = input
        if let subtitles = input.subtitles {
            // A caption may last beyond the narration; it must not make the video longer.
            let text = try String(contentsOf: subtitles, encoding: .utf8)
            try Data(CaptionClip(end: input.storyboard.duration).clipped(text).utf8).write(to: captions)
            input.subtitles = captions
        }
        let watch = ProgressWatch(duration: input.storyboard.duration, report: progress)
        _ = try await tools.ffmpeg(
            arguments(input, list: list, metadata: metadata, output: whole),
            timeout: .seconds(120 + input.storyboard.duration.seconds / 5), watching: watch)
        _ = try await tools.ffmpeg(
            ["-i", picture.png.path, "-vf", "scale=640:360:flags=area", "-frames:v", "1", "-f", "image2", small.path],
            timeout: .seconds(30))
        try Data(marks.webVTT.utf8).write(to: chapters, options: .atomic)
        try tools.publish(small, as: thumbnail)
        try tools.publish(whole, as: video)
    }

    private func concatenation(_ input: Input) -> String {
        var lines = ["ffconcat version 1.0"]
        for (segment, scene) in zip(input.segments, input.storyboard.scenes) {
            let path = segment.path.replacingOccurrences(of: "'", with: "'\\''")
            // The planned length, not the measured one, decides where the next scene starts: nothing adds up.
            lines += ["file 'file:\(path)'", "duration \((scene.end - scene.start).seconds)"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func arguments(_ input: Input, list: URL, metadata: URL, output: URL) -> [String] {
        var inputs = ["-f", "concat", "-safe", "0", "-i", list.path, "-f", "ffmetadata", "-i", metadata.path]
        var maps = ["-map", "0:v:0"]
        var next = 2
        var codecs = ["-c:v", "copy"]
        if let narration = input.narration {
            inputs += ["-i", narration.path]
            maps += ["-map", "\(next):a:0"]
            codecs += ["-c:a", "copy"]
            next += 1
        }
        if let subtitles = input.subtitles {
            inputs += ["-i", subtitles.path]
            maps += ["-map", "\(next):s:0"]
            let language = Locale.Language(identifier: input.storyboard.language).languageCode?.identifier(.alpha3)
            codecs += ["-c:s", "mov_text", "-metadata:s:s:0", "language=\(language ?? "und")"]
        }
        return inputs + maps + codecs + [
            // The second input has chapters only: nothing of the recording's own metadata gets into the video.
            "-t", "\(input.storyboard.duration.seconds)",
            "-map_metadata", "1", "-map_chapters", "1", "-video_track_timescale", "90000", "-movflags", "+faststart",
            "-fflags", "+bitexact", "-f", "mp4", output.path,
        ]
    }
}
