/// The languages the rules know. Any other language gets the rules that need no vocabulary.
enum Language: Sendable {
    case english
    case japanese
    case other(String)

    /// Trusts `code` unless the script of the text contradicts it.
    init(code: String, sample: String) {
        var japanese = 0
        var letters = 0
        for scalar in sample.unicodeScalars.prefix(2_000) {
            switch scalar.value {
            case 0x3040...0x30FF, 0x4E00...0x9FFF:
                japanese += 1
                letters += 1
            case 0x41...0x5A, 0x61...0x7A: letters += 1
            default: continue
            }
        }
        let code = code.lowercased()
        if code != "zh", code != "ko", letters > 0, japanese * 3 > letters {
            self = .japanese
        } else if code.isEmpty || code == "en" || code == "english" || code == "ja" || code == "japanese" {
            self = .english
        } else {
            self = .other(code)
        }
    }

    /// ISO 639-1.
    var code: String {
        switch self {
        case .english: "en"
        case .japanese: "ja"
        case .other(let code): code
        }
    }

    var separatesWords: Bool {
        switch self {
        case .english: true
        case .japanese: false
        case .other(let code): code != "zh" && code != "th" && code != "lo" && code != "km"
        }
    }
}
