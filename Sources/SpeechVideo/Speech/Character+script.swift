extension Character {
    /// Chinese characters, kana, hangul and full-width forms: twice as wide as a letter.
    var isWide: Bool {
        guard let value = unicodeScalars.first?.value else { return false }
        return switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3: true
        case 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD: true
        default: false
        }
    }

    /// Whether the next word follows without a space: in Chinese, Japanese, Thai, Lao, Khmer and Burmese.
    var isWrittenWithoutSpaces: Bool {
        guard let value = unicodeScalars.first?.value else { return false }
        return switch value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF: true
        case 0x1100...0x11FF, 0x3130...0x318F, 0xAC00...0xD7AF: false
        default: isWide
        }
    }
}
