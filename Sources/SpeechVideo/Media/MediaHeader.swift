/// The part of ffprobe's answer that is used here.
struct MediaHeader: Decodable {
    var streams: [Stream]
    var format: Format

    struct Format: Decodable {
        var formatName: String
        var duration: String?

        private enum CodingKeys: String, CodingKey {
            case formatName = "format_name"
            case duration
        }
    }

    struct Stream: Decodable {
        var index: Int
        var codecName: String?
        var codecType: String?
        var channels: Int?
        var sampleRate: String?
        var disposition: [String: Int]?

        private enum CodingKeys: String, CodingKey {
            case index, channels, disposition
            case codecName = "codec_name"
            case codecType = "codec_type"
            case sampleRate = "sample_rate"
        }
    }

    /// The stream marked as default, else the first that has sound.
    var sound: Stream? {
        let all = streams.filter { $0.codecType == "audio" && ($0.channels ?? 0) > 0 }
        return all.first { $0.disposition?["default"] == 1 } ?? all.first
    }

    /// True when there are moving pictures; cover pictures are not.
    var hasVideo: Bool {
        streams.contains { $0.codecType == "video" && $0.disposition?["attached_pic"] != 1 }
    }
}
