import Foundation

/// The chapters of a video: one a scene, and never fewer than three from half a minute on.
package struct Chapters: Hashable, Sendable {
    /// A stretch of the video with a name.
    package struct Chapter: Hashable, Sendable {
        package var start: MediaTime
        package var end: MediaTime
        package var title: String
    }

    package let chapters: [Chapter]

    private static let fewest: Int = 3
    private static let splitFrom: MediaTime = MediaTime(milliseconds: 30_000)

    /// When there are too few scenes the longest chapter is split at the moment, nearest its middle, at which a node
    /// appears, and the new part carries that node's label.
    package init(_ storyboard: Storyboard) {
        var chapters = storyboard.scenes.map { Chapter(start: $0.start, end: $0.end, title: $0.title) }
        if storyboard.duration >= Chapters.splitFrom {
            while !chapters.isEmpty, chapters.count < Chapters.fewest, Chapters.splitLongest(&chapters, storyboard) {}
        }
        self.chapters = chapters
    }

    private static func splitLongest(_ chapters: inout [Chapter], _ storyboard: Storyboard) -> Bool {
        guard let index = chapters.indices.max(by: { chapters[$0].length < chapters[$1].length }) else { return false }
        let whole = chapters[index]
        let middle = MediaTime(milliseconds: (whole.start.milliseconds + whole.end.milliseconds) / 2)
        // A node too near the ends would make a chapter of a moment; then the middle itself is taken.
        let margin = whole.length.milliseconds / 5
        let nodes = storyboard.scenes.flatMap(\.nodes).filter {
            $0.t.milliseconds > whole.start.milliseconds + margin && $0.t.milliseconds < whole.end.milliseconds - margin
        }
        let nearest = nodes.min { abs(($0.t - middle).milliseconds) < abs(($1.t - middle).milliseconds) }
        let at = nearest?.t ?? middle
        guard at > whole.start, at < whole.end else { return false }
        chapters[index].end = at
        chapters.insert(
            Chapter(start: at, end: whole.end, title: nearest?.label ?? whole.title), at: index + 1)
        return true
    }

    /// ffmpeg's metadata format.
    var ffmetadata: String {
        var lines = [";FFMETADATA1"]
        for chapter in chapters {
            lines += [
                "[CHAPTER]", "TIMEBASE=1/1000", "START=\(chapter.start.milliseconds)",
                "END=\(chapter.end.milliseconds)",
                "title=\(Chapters.escaped(chapter.title))",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same as a WebVTT track for players in browsers.
    package var webVTT: String {
        var lines = ["WEBVTT", ""]
        for (index, chapter) in chapters.enumerated() {
            let title = chapter.title.replacingOccurrences(of: "\n", with: " ")
                .replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
                .replacingOccurrences(of: ">", with: "&gt;")
            lines += ["\(index + 1)", "\(Chapters.clock(chapter.start)) --> \(Chapters.clock(chapter.end))", title, ""]
        }
        return lines.joined(separator: "\n")
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if "=;#\\".contains(character) { result.append("\\") }
            result.append(character.isNewline ? " " : character)
        }
    }

    /// `hh:mm:ss.mmm`.
    static func clock(_ time: MediaTime) -> String {
        let total = time.milliseconds
        return String(
            format: "%02d:%02d:%02d.%03d", Int(total / 3_600_000), Int(total / 60_000 % 60), Int(total / 1_000 % 60),
            Int(total % 1_000))
    }
}

extension Chapters.Chapter {
    fileprivate var length: MediaTime { end - start }
}
