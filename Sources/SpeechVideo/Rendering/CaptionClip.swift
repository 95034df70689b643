import Foundation

/// Cuts captions off at the end of a video: a player takes the last caption's end for the end of the whole.
struct CaptionClip {
    let end: MediaTime

    /// The captions, SubRip or WebVTT, with no end time past the end.
    func clipped(_ captions: String) -> String {
        captions.split(separator: "\n", omittingEmptySubsequences: false).map(clippedLine).joined(separator: "\n")
    }

    private func clippedLine(_ line: Substring) -> String {
        guard let match = line.firstMatch(of: /(-->\s*)(?:(\d+):)?(\d\d):(\d\d)([.,])(\d{3})/),
            let minutes = Int64(match.3), let seconds = Int64(match.4), let thousandths = Int64(match.6)
        else { return String(line) }
        let hours = match.2.flatMap { Int64($0) } ?? 0
        let time = MediaTime(milliseconds: ((hours * 60 + minutes) * 60 + seconds) * 1_000 + thousandths)
        guard time > end else { return String(line) }
        let clock = Chapters.clock(end).replacingOccurrences(of: ".", with: match.5)
        return line.replacingCharacters(in: match.range, with: match.1 + clock)
    }
}
