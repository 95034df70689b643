import Foundation

/// The ffmpeg filters that turn still pictures into a video of variable frame rate.
///
/// Every still is decoded once. Copies of it are shown at the hold times, and between two stills `xfade` mixes eight
/// frames; all pieces carry their final times and `interleave` puts them in order. Only frames that differ, or keep the
/// picture alive once a second, are ever encoded: that is why this is fast.
struct FilterGraph {
    let plan: RevealPlan

    /// The colours are converted the way the stream is marked; the default would turn them a little.
    private static let colors: String = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"

    var text: String {
        var filters: [String] = []
        var pieces: [String] = []
        let last = plan.steps.count
        for still in 0...last {
            var uses: [String] = []
            let holds = plan.holds(ofStill: still)
            if !holds.isEmpty { uses.append("hold\(still)") }
            if still < last { uses.append("old\(still)") }
            if still > 0 { uses.append("new\(still - 1)") }
            let outputs = uses.map { "[\($0)]" }.joined()
            filters.append("[\(still):v]\(FilterGraph.colors),setsar=1,fps=25,setpts=0,split=\(uses.count)\(outputs)")
            if !holds.isEmpty {
                filters.append("[hold\(still)]\(copies(holds.count)),\(times(holds))[still\(still)]")
                pieces.append("[still\(still)]")
            }
        }
        for (index, step) in plan.steps.enumerated() {
            let count = RevealPlan.fadeFrames
            for name in ["old", "new"] {
                filters.append("[\(name)\(index)]\(copies(count + 1)),fps=25[\(name)clip\(index)]")
            }
            // Frame 0 of nine is the old picture alone and the tenth would be the new one alone: eight remain.
            filters.append(
                "[oldclip\(index)][newclip\(index)]xfade=transition=fade:duration=0.36:offset=0,"
                    + "trim=start_frame=1:end_frame=\(count + 1),settb=1/90000,"
                    + "setpts=\(ticks(step.at))+N*\(ticks(RevealPlan.frame))[fade\(index)]")
            pieces.append("[fade\(index)]")
        }
        filters.append(pieces.joined() + "interleave=nb_inputs=\(pieces.count)[video]")
        return filters.joined(separator: ";\n") + "\n"
    }

    /// The one frame, `count` times, a frame of 25 a second apart.
    private func copies(_ count: Int) -> String { "loop=loop=\(count - 1):size=1:start=0,setpts=N" }

    /// Gives the frames their times: once a second from the first, the closing frames as listed.
    private func times(_ holds: [MediaTime]) -> String {
        let regular = holds.enumerated().filter { $1 == holds[0] + MediaTime(milliseconds: Int64($0) * 1_000) }.count
        var expression = "\(ticks(holds[0]))+N*90000"
        for index in holds.indices.dropFirst(regular) {
            expression = "if(eq(N,\(index)),\(ticks(holds[index])),\(expression))"
        }
        return "settb=1/90000,setpts='\(expression)'"
    }

    private func ticks(_ time: MediaTime) -> Int64 { time.milliseconds * 90 }
}
