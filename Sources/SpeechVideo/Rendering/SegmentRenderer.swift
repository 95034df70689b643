import ChildProcesses
package import Foundation
import Model

/// Renders one scene into a piece of video that depends on nothing but the scene, so that it can be kept and reused.
package struct SegmentRenderer: Sendable {
    /// Part of the key under which segments are kept: raised when the same scene would give other bytes.
    package static let version: Int = 2

    let tools: MediaTools

    package init(tools: MediaTools) {
        self.tools = tools
    }

    /// Writes an H.264 video, 1280x720, without sound, exactly as long as the scene.
    ///
    /// It takes one thread; run two at a time on two cores. The first frame is a key frame. The file appears whole or
    /// not at all.
    /// - Parameters:
    ///   - drawing: The files that `SceneDrawer` made of this scene. Times are read from `scene`.
    ///   - progress: Receives the finished fraction.
    package func render(
        _ scene: Scene, drawing: DrawnScene, to destination: URL,
        progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) async throws {
        let svg = try String(contentsOf: drawing.svg, encoding: .utf8)
        let layout = try JSONDecoder().decode(PictureLayout.self, from: Data(contentsOf: drawing.layout))
        let plan = RevealPlan(scene: scene, layout: layout)
        guard plan.duration >= SegmentRenderer.shortest else {
            throw MediaError(
                .invalidScene, "Scene \(scene.id) is shorter than \(SegmentRenderer.shortest.spoken); lengthen it.")
        }
        guard plan.duration <= MediaLimits().duration else {
            throw MediaError(
                .invalidScene,
                "Scene \(scene.id) is longer than \(MediaLimits().duration.spoken), the longest video; shorten it.")
        }
        var stills: [URL] = []
        let script = tools.temporary("filters")
        let video = tools.temporary("mp4")
        defer { for file in stills + [script, video] { try? FileManager.default.removeItem(at: file) } }
        let hidden = plan.hidden
        for (index, groups) in hidden.enumerated() {
            let still = tools.temporary("png")
            stills.append(still)
            try await Rasterizer(tools: tools).png(svg, hiding: groups, to: still)
            progress(0.5 * Double(index + 1) / Double(hidden.count))
        }
        try Data(FilterGraph(plan: plan).text.utf8).write(to: script)
        let watch = ProgressWatch(duration: plan.duration) { progress(0.5 + 0.5 * $0) }
        _ = try await tools.ffmpeg(
            stills.flatMap { ["-threads", "1", "-i", $0.path] }
                + ["-filter_complex_script", script.path, "-map", "[video]"] + SegmentRenderer.encoding + [video.path],
            timeout: .seconds(120 + plan.duration.seconds), watching: watch)
        try tools.publish(video, as: destination)
    }

    /// Two closing frames and something before them.
    private static let shortest: MediaTime = MediaTime(milliseconds: 200)

    /// The encoder says of no frame how long it lasts. A file knows that from the frame after it, except for the last one,
    /// which would last no time and be left out: `setts` gives it 40 ms (3,600 ticks).
    ///
    /// Without B-frames a segment starts at time zero exactly, so segments join without gaps. Every segment must be
    /// encoded alike, or they could not be joined by copying.
    private static let encoding: [String] = [
        "-fps_mode", "passthrough", "-enc_time_base", "1:90000", "-c:v", "libx264", "-preset", "veryfast",
        "-tune", "stillimage", "-crf", "21", "-bf", "0", "-g", "24", "-threads", "1", "-pix_fmt", "yuv420p",
        "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709",
        "-bsf:v", "setts=duration=3600", "-video_track_timescale", "90000", "-fflags", "+bitexact", "-flags:v",
        "+bitexact", "-map_metadata", "-1",
        "-f", "mp4",
    ]
}
