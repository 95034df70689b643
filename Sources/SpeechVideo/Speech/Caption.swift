/// Words shown together for as long as they are spoken.
struct Caption: Equatable {
    /// Letters in a line; a wide letter counts twice.
    private static let lineWidth = 42
    private static let longest = MediaTime(milliseconds: 7_000)
    /// Time to notice that something is there.
    private static let shortest = MediaTime(milliseconds: 800)
    /// A pause after which the words go.
    private static let pause = MediaTime(milliseconds: 1_000)
    /// From this width on a sentence end closes the caption; shorter sentences share one.
    private static let sentenceWidth = 16

    var start: MediaTime
    var end: MediaTime
    private(set) var text: String

    /// The captions in order, apart, each at least a moment long.
    static func captions(of transcript: Transcript) -> [Caption] {
        let words =
            transcript.words.isEmpty
            ? transcript.segments.map { Caption(start: $0.start, end: $0.end, text: $0.text) }
            : transcript.words.map { Caption(start: $0.start, end: $0.end, text: $0.word) }
        var captions: [Caption] = []
        for word in words {
            if let last = captions.last, last.takes(word) {
                captions[captions.count - 1].append(word)
            } else {
                captions.append(word)
            }
        }
        for index in captions.indices {
            let next = index + 1 < captions.count ? captions[index + 1].start : nil
            let wanted = max(captions[index].end, captions[index].start + shortest)
            captions[index].end = next.map { min(wanted, $0) } ?? wanted
        }
        return captions.filter { $0.end > $0.start }
    }

    private mutating func append(_ word: Caption) {
        text = Caption.joined(text, word.text)
        end = max(end, word.end)
    }

    private func takes(_ word: Caption) -> Bool {
        if word.start - end >= Caption.pause || word.end - start > Caption.longest { return false }
        if let last = text.last, Caption.sentenceEnds.contains(last), Caption.width(text) >= Caption.sentenceWidth {
            return false
        }
        return Caption.lines(of: Caption.joined(text, word.text)).count <= 2
    }

    private static let sentenceEnds: Set<Character> = [".", "?", "!", "。", "？", "！", "…"]

    private static func joined(_ text: String, _ word: String) -> String {
        guard let last = text.last, let first = word.first else { return text + word }
        return last.isWrittenWithoutSpaces && first.isWrittenWithoutSpaces ? text + word : "\(text) \(word)"
    }

    /// The text in lines of about the same length.
    var lines: [String] {
        let total = Caption.width(text)
        guard total > Caption.lineWidth else { return [text] }
        let balanced = Caption.lines(of: text, width: total / 2 + 4)
        return balanced.count <= 2 ? balanced : Caption.lines(of: text)
    }

    /// Breaks at spaces, and between letters of languages that have none, but not before a closing mark.
    private static func lines(of text: String, width limit: Int = Caption.lineWidth) -> [String] {
        let limit = min(limit, lineWidth)
        var lines: [String] = []
        var line = ""
        for piece in pieces(of: text) {
            let isTooLong = width(line) + width(piece.trimmedEnd) > limit
            if isTooLong, !line.isEmpty {
                lines.append(line.trimmedEnd)
                line = ""
            }
            line += piece
        }
        if !line.trimmedEnd.isEmpty { lines.append(line.trimmedEnd) }
        return lines
    }

    /// The text in parts that stay together, each with the space after it.
    private static func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        for character in text {
            guard let last = pieces.last?.last else {
                pieces.append(String(character))
                continue
            }
            let beginsPiece =
                last.isWhitespace && !character.isWhitespace
                || character.isWrittenWithoutSpaces && !character.isPunctuation && !opening.contains(last)
            if beginsPiece { pieces.append("") }
            pieces[pieces.count - 1].append(character)
        }
        return pieces
    }

    private static let opening: Set<Character> = ["「", "『", "（", "【", "〈", "《", "(", "["]

    private static func width(_ text: String) -> Int { text.reduce(0) { $0 + ($1.isWide ? 2 : 1) } }
}

extension String {
    fileprivate var trimmedEnd: String {
        var text = self
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
