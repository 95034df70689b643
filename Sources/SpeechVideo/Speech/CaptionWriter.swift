import Foundation

/// Writes a transcript in the formats that players and people read.
///
/// A caption is at most two lines of 42 letters (21 wide ones) and 7 s, ends with its sentence, and never overlaps the next.
package enum CaptionWriter {
    /// WebVTT. Without speech only the header.
    package static func webVTT(_ transcript: Transcript) -> String {
        var text = "WEBVTT\n"
        for caption in Caption.captions(of: transcript) {
            let lines = caption.lines.joined(separator: "\n")
                .replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            text += "\n\(clock(caption.start, ".")) --> \(clock(caption.end, "."))\n\(lines)\n"
        }
        return text
    }

    /// SubRip. Without speech nothing.
    package static func subRip(_ transcript: Transcript) -> String {
        Caption.captions(of: transcript).enumerated().map { index, caption in
            // The format knows no escapes; an arrow inside the text would start a new caption in some players.
            let lines = caption.lines.joined(separator: "\n").replacing("-->", with: "→")
            return "\(index + 1)\n\(clock(caption.start, ",")) --> \(clock(caption.end, ","))\n\(lines)\n"
        }.joined(separator: "\n")
    }

    /// The text alone, ended by a line break. Without speech nothing.
    package static func plainText(_ transcript: Transcript) -> String {
        transcript.text.isEmpty ? "" : transcript.text + "\n"
    }

    private static func clock(_ time: MediaTime, _ separator: String) -> String {
        let seconds = time.milliseconds / 1_000
        return String(
            format: "%02lld:%02lld:%02lld%@%03lld", seconds / 3_600, seconds / 60 % 60, seconds % 60, separator,
            time.milliseconds % 1_000)
    }
}
