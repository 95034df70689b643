/// A position or length on a recording's own clock, in whole milliseconds.
///
/// Documents for people and other programs (`transcript.json`, `scenes.json`) carry it as a number of seconds,
/// which is what the OpenAI transcription format uses.
package struct MediaTime: Hashable, Comparable, Sendable, Codable {
    /// Milliseconds from the start of the recording.
    package var milliseconds: Int64

    package static let zero: MediaTime = .init(milliseconds: 0)

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Rounds to the nearest millisecond.
    package init(seconds: Double) {
        self.milliseconds = Int64((seconds * 1_000).rounded())
    }

    /// The same position as a fraction of seconds.
    package var seconds: Double { Double(milliseconds) / 1_000 }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let seconds = try container.decode(Double.self)
        guard abs(seconds) <= 1_000_000_000 else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(seconds) is no time in seconds")
        }
        self.init(seconds: seconds)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(seconds)
    }

    package static func < (left: MediaTime, right: MediaTime) -> Bool { left.milliseconds < right.milliseconds }
    package static func + (left: MediaTime, right: MediaTime) -> MediaTime {
        .init(milliseconds: left.milliseconds + right.milliseconds)
    }
    package static func - (left: MediaTime, right: MediaTime) -> MediaTime {
        .init(milliseconds: left.milliseconds - right.milliseconds)
    }
}
