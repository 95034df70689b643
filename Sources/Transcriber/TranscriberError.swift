/// Why no transcript was made.
struct TranscriberError: Error, CustomStringConvertible {
    let code: Code
    /// For a person: what failed and what to do next.
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    var description: String { message }

    /// The kind of failure, as reported to the parent.
    enum Code: String, Encodable {
        case unreadableAudio = "unreadable-audio"
        case unusableModel = "unusable-model"
        case unknownLanguage = "unknown-language"
        case recognitionFailed = "recognition-failed"
    }

    /// After sysexits.h: 65 bad data, 66 missing input, 64 wrong usage, 70 internal.
    var exitStatus: Int32 {
        switch code {
        case .unreadableAudio: 65
        case .unusableModel: 66
        case .unknownLanguage: 64
        case .recognitionFailed: 70
        }
    }
}
