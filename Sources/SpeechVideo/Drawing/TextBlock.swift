/// Text broken into lines of one size.
struct TextBlock: Hashable {
    var lines: [String]
    var size: Double
    var weight: Typeface.Weight
    /// Width of the widest line.
    var width: Double

    static let empty: TextBlock = TextBlock(lines: [], size: 0, weight: .regular, width: 0)

    var lineHeight: Double { size * 1.32 }
    var height: Double { Double(lines.count) * lineHeight }

    /// Breaks text into lines no wider than `width`, as even in length as the number of lines allows.
    ///
    /// A word wider than the line is broken where it must be, so the bound always holds.
    init(_ text: String, size: Double, weight: Typeface.Weight = .regular, width limit: Double) {
        let pieces = TextBlock.pieces(of: text)
        var lines = TextBlock.fill(pieces, size: size, weight: weight, width: limit)
        if lines.count > 1 {
            // Lines of one length read better than a full one and a remnant.
            let widest = TextBlock.widest(pieces, size: size, weight: weight)
            var narrow = min(limit, max(limit / 2, widest))
            var wide = limit
            while wide - narrow > size / 4 {
                let middle = (narrow + wide) / 2
                let attempt = TextBlock.fill(pieces, size: size, weight: weight, width: middle)
                if attempt.count == lines.count { (wide, lines) = (middle, attempt) } else { narrow = middle }
            }
        }
        self.init(
            lines: lines, size: size, weight: weight,
            width: lines.map { Typeface.width(of: $0, size: size, weight: weight) }.max() ?? 0)
    }

    private init(lines: [String], size: Double, weight: Typeface.Weight, width: Double) {
        self.lines = lines
        self.size = size
        self.weight = weight
        self.width = width
    }

    /// The block with at most `count` lines; an ellipsis stands for the rest.
    func limited(to count: Int, width limit: Double) -> TextBlock {
        guard lines.count > count, count > 0 else { return self }
        var kept = Array(lines.prefix(count))
        var last = kept[count - 1]
        while !last.isEmpty, Typeface.width(of: last + "…", size: size, weight: weight) > limit { last.removeLast() }
        kept[count - 1] = last + "…"
        let width = kept.map { Typeface.width(of: $0, size: size, weight: weight) }.max() ?? 0
        return TextBlock(lines: kept, size: size, weight: weight, width: width)
    }

    /// The narrowest line on which no word needs to be broken.
    static func widestPiece(of text: String, size: Double, weight: Typeface.Weight = .regular) -> Double {
        widest(pieces(of: text), size: size, weight: weight)
    }

    private static func widest(_ pieces: [String], size: Double, weight: Typeface.Weight) -> Double {
        pieces.map { Typeface.width(of: trimmed($0), size: size, weight: weight) }.max() ?? 0
    }

    private static func trimmed(_ text: String) -> String { text.split(separator: " ").joined(separator: " ") }

    /// Smallest pieces between which a line may be broken. A piece keeps the blank after it.
    private static func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        for character in text where character.isVisible {
            let previous = pieces.last?.last
            if let previous, !mayBreak(between: previous, and: character) {
                pieces[pieces.count - 1].append(character.isNewline ? " " : character)
            } else {
                pieces.append(String(character.isNewline ? " " : character))
            }
        }
        return pieces
    }

    private static func mayBreak(between first: Character, and second: Character) -> Bool {
        if second.isWhitespace || first.isWhitespace { return !second.isWhitespace }
        if notAtStart.contains(second) || notAtEnd.contains(first) { return false }
        if pauses.contains(first) { return true }
        // Japanese is written without blanks. A phrase mostly ends in hiragana (a particle or an ending) and the next one
        // begins with another script: there a break reads well, inside a word it does not.
        switch (Script(first), Script(second)) {
        case (.hiragana, .hiragana), (.other, .other), (_, .hiragana): return false
        case (.hiragana, _): return !prefixes.contains(first)
        case (.han, .han), (.katakana, .katakana): return false
        default: return true
        }
    }

    private static let notAtStart: Set<Character> = Set("、。，．・：；？！）」』】〉》〕］｝ー々…,.:;?!)]}%％")
    private static let notAtEnd: Set<Character> = Set("（「『【〈《〔［｛([{")
    private static let pauses: Set<Character> = Set("、。，．・：；？！）」』】")
    /// Polite prefixes belong to the word after them.
    private static let prefixes: Set<Character> = Set("おご")

    private enum Script {
        case hiragana, katakana, han, other

        init(_ character: Character) {
            switch character.unicodeScalars.first?.value ?? 0 {
            case 0x3040...0x309F: self = .hiragana
            case 0x30A0...0x30FF, 0xFF66...0xFF9F: self = .katakana
            case 0x2E80...0x2FFF, 0x3400...0x9FFF, 0xF900...0xFAFF, 0x2_0000...0x3_FFFF: self = .han
            default: self = .other
            }
        }
    }

    private static func fill(
        _ pieces: [String], size: Double, weight: Typeface.Weight, width limit: Double
    ) -> [String] {
        var lines: [String] = []
        var line = ""
        func fits(_ text: String) -> Bool { Typeface.width(of: trimmed(text), size: size, weight: weight) <= limit }
        for piece in pieces {
            if fits(line + piece) {
                line += piece
                continue
            }
            if !trimmed(line).isEmpty { lines.append(trimmed(line)) }
            line = ""
            for character in piece {
                if !line.isEmpty, !fits(line + String(character)) {
                    lines.append(trimmed(line))
                    line = ""
                }
                line.append(character)
            }
        }
        if !trimmed(line).isEmpty { lines.append(trimmed(line)) }
        return lines
    }
}

extension Character {
    /// False for control characters other than line breaks and tabs: no program draws them, and some stumble on them.
    var isVisible: Bool { isWhitespace || unicodeScalars.contains { $0.properties.generalCategory != .control } }
}
