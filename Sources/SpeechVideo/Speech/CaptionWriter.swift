/// Writes a transcript in the forms that players and editors read.
package enum CaptionWriter {
    /// WebVTT, as the W3C defines it.
    package static func webVTT(_ transcript: Transcript) -> String {
        let cues = transcript.segments.map { segment in
            // `-->` would end the text of a cue, `&` and `<` begin something else.
            let text = plain(segment.text).replacing("&", with: "&amp;").replacing("<", with: "&lt;")
                .replacing(">", with: "&gt;")
            return "\(time(segment.start, ".")) --> \(time(segment.end, "."))\n\(text)\n"
        }
        return (["WEBVTT\n"] + cues).joined(separator: "\n")
    }

    /// SubRip, the form that nearly every player takes.
    package static func subRip(_ transcript: Transcript) -> String {
        transcript.segments.enumerated().map { index, segment in
            "\(index + 1)\n\(time(segment.start, ",")) --> \(time(segment.end, ","))\n\(plain(segment.text))\n"
        }.joined(separator: "\n")
    }

    /// One line a segment, without times.
    package static func plainText(_ transcript: Transcript) -> String {
        transcript.segments.map { plain($0.text) + "\n" }.joined()
    }

    /// `01:02:03.004`.
    private static func time(_ time: MediaTime, _ separator: String) -> String {
        func digits(_ value: Int64, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(count - text.count, 0)) + text
        }
        let total = max(time.milliseconds, 0)
        let clock = [total / 3_600_000, total / 60_000 % 60, total / 1_000 % 60].map { digits($0, 2) }
        return clock.joined(separator: ":") + separator + digits(total % 1_000, 3)
    }

    /// A cue ends at an empty line, so its text is one line.
    private static func plain(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
