/// Gives the words of a segment's text their times.
enum WordTimes {
    typealias Word = TranscriptBuilder.Word

    /// Services give words without their punctuation; this takes it from the text. Words that are not in the text stay as
    /// they are.
    static func matched(_ text: String, _ words: [Word]) -> [Word] {
        let letters = Array(text)
        var position = 0
        return words.map { word in
            let wanted = word.word.filter { $0.isLetter || $0.isNumber }.lowercased()
            guard !wanted.isEmpty, let found = range(of: wanted, in: letters, from: position) else { return word }
            var end = found.upperBound
            while end < letters.count, letters[end].isPunctuation { end += 1 }
            var start = found.lowerBound
            while start > position, letters[start - 1].isPunctuation { start -= 1 }
            position = end
            return Word(word: String(letters[start..<end]), start: word.start, end: word.end)
        }
    }

    /// The next place whose letters and digits are the wanted ones, however they are punctuated; within 80 letters.
    private static func range(of wanted: String, in letters: [Character], from position: Int) -> Range<Int>? {
        for start in position..<max(position, min(letters.count, position + 80)) {
            var rest = wanted[...]
            var index = start
            while index < letters.count, !rest.isEmpty {
                let letter = letters[index].lowercased()
                if rest.hasPrefix(letter) {
                    rest = rest.dropFirst(letter.count)
                } else if index == start || letters[index].isLetter || letters[index].isNumber {
                    break
                }
                index += 1
            }
            if rest.isEmpty { return start..<index }
        }
        return nil
    }

    /// Words by their length in letters over the time from start to end.
    static func spread(_ text: String, _ start: Double, _ end: Double) -> [Word] {
        var pieces: [String] = []
        for part in text.split(whereSeparator: \.isWhitespace) {
            var piece = ""
            for character in part {
                if character.isWrittenWithoutSpaces, !character.isPunctuation, !piece.isEmpty {
                    pieces.append(piece)
                    piece = ""
                }
                piece.append(character)
            }
            pieces.append(piece)
        }
        let total = Double(max(1, pieces.reduce(0) { $0 + $1.count }))
        var before = 0
        return pieces.map { piece in
            let from = start + (end - start) * Double(before) / total
            before += piece.count
            return Word(word: piece, start: from, end: start + (end - start) * Double(before) / total)
        }
    }
}
