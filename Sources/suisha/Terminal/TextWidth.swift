/// How much room text takes on a terminal, where Japanese letters are two columns wide.
enum TextWidth {
    /// The columns that the text covers.
    static func columns(_ text: String) -> Int {
        text.reduce(0) { $0 + columns($1) }
    }

    /// The text with blanks behind it, up to a width.
    static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - columns(text)))
    }

    /// The beginning of the text that fits into a width, with an ellipsis where something was cut.
    static func clipped(_ text: String, to width: Int) -> String {
        guard columns(text) > width else { return text }
        var kept = ""
        var used = 1
        for character in text {
            used += columns(character)
            if used > width { break }
            kept.append(character)
        }
        return width > 0 ? kept + "…" : ""
    }

    private static func columns(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
