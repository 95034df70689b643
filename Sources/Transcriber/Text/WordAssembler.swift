/// Joins tokens to words: at spaces in languages that have them, else character by character as the tokens give them.
struct WordAssembler {
    private(set) var words: [RecognisedSegment.Word] = []
    private var pending: [UInt8] = []
    private var pendingStart: Double?
    private var pendingEnd: Double = 0

    static func words(_ tokens: [Token]) -> [RecognisedSegment.Word] {
        var assembler = WordAssembler()
        for token in tokens { assembler.append(token) }
        assembler.finish()
        return assembler.words
    }

    mutating func append(_ token: Token) {
        if pendingStart == nil { pendingStart = token.start }
        pending += token.bytes
        pendingEnd = max(pendingEnd, token.end)
        // A token may end inside a character; the next one completes it.
        guard let text = String(validating: pending, as: UTF8.self) else { return }
        add(text)
    }

    mutating func finish() {
        guard !pending.isEmpty else { return }
        let text = String(decoding: pending, as: UTF8.self).filter { $0 != "\u{FFFD}" }
        add(text)
    }

    private mutating func add(_ text: String) {
        let piece = RecognisedSegment.Word(word: text, start: pendingStart ?? pendingEnd, end: pendingEnd)
        pending.removeAll(keepingCapacity: true)
        pendingStart = nil
        guard !piece.word.allSatisfy(\.isWhitespace) else { return }
        if let last = words.last, belongsTo(last.word, piece.word) {
            words[words.count - 1].word += piece.word
            words[words.count - 1].end = max(last.end, piece.end)
        } else {
            words.append(piece)
            words[words.count - 1].word = String(piece.word.drop(while: \.isWhitespace))
        }
    }

    /// Whether a piece continues the word before it: no space, and no language that goes without spaces.
    private func belongsTo(_ word: String, _ piece: String) -> Bool {
        guard let first = piece.first, let last = word.last, !first.isWhitespace else { return false }
        if first.isPunctuation && !WordAssembler.opening.contains(first) { return true }
        if WordAssembler.opening.contains(last) { return true }
        return !first.isWrittenWithoutSpaces && !last.isWrittenWithoutSpaces
    }

    private static let opening: Set<Character> = ["(", "[", "{", "“", "‘", "«", "「", "『", "（", "【", "〈", "《"]
}

extension Character {
    /// Chinese characters, kana, Thai, Lao, Khmer and Burmese: their words stand side by side.
    fileprivate var isWrittenWithoutSpaces: Bool {
        guard let value = unicodeScalars.first?.value else { return false }
        return switch value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF: true
        case 0x3005...0x3007, 0x3040...0x30FF, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF: true
        case 0xF900...0xFAFF, 0xFF66...0xFF9F, 0x20000...0x3FFFF: true
        default: false
        }
    }
}
