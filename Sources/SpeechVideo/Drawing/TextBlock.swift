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
            var narrow = limit / 2
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

    /// Smallest pieces between which a line may be broken. A piece keeps the blank after it.
    private static func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        for character in text {
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
        if second.isWhitespace || notAtStart.contains(second) || notAtEnd.contains(first) { return false }
        return first.isWhitespace || isIdeographic(first) || isIdeographic(second)
    }

    /// Japanese and Chinese are written without blanks: a line may be broken after any character but these.
    private static let notAtStart: Set<Character> = Set("、。，．・：；？！）」』】〉》〕］｝ーァィゥェォッャュョヮぁぃぅぇぉっゃゅょゎ々…,.:;?!)]}%％")
    private static let notAtEnd: Set<Character> = Set("（「『【〈《〔［｛([{")

    private static func isIdeographic(_ character: Character) -> Bool {
        guard let scalar = character.unicodeScalars.first?.value else { return false }
        return (0x2E80...0x9FFF).contains(scalar) || (0xAC00...0xD7AF).contains(scalar)
            || (0xF900...0xFAFF).contains(scalar) || (0xFF00...0xFFEF).contains(scalar) || scalar >= 0x2_0000
    }

    private static func fill(
        _ pieces: [String], size: Double, weight: Typeface.Weight, width limit: Double
    ) -> [String] {
        var lines: [String] = []
        var line = ""
        func trimmed(_ text: String) -> String { text.split(separator: " ").joined(separator: " ") }
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
