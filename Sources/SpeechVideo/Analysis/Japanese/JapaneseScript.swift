/// Japanese read by its script: kanji and katakana make nouns, hiragana makes grammar.
enum JapaneseScript {
    static let longestLabel = 40

    static func isKanji(_ character: Character) -> Bool {
        guard let scalar = character.unicodeScalars.first else { return false }
        return (0x4E00...0x9FFF).contains(scalar.value) || character == "々" || character == "〆"
    }

    static func isKatakana(_ character: Character) -> Bool {
        guard let scalar = character.unicodeScalars.first else { return false }
        return (0x30A0...0x30FF).contains(scalar.value) && character != "・" || character == "ー"
    }

    static func isHiragana(_ character: Character) -> Bool {
        guard let scalar = character.unicodeScalars.first else { return false }
        return (0x3041...0x309F).contains(scalar.value)
    }

    static func isNounCharacter(_ character: Character) -> Bool {
        isKanji(character) || isKatakana(character) || character.isNumber || (character.isASCII && character.isLetter)
    }

    /// Runs of kanji, katakana, Latin letters and digits.
    static func nouns(in text: TimedText, _ range: Range<Int>) -> [Range<Int>] {
        var nouns: [Range<Int>] = []
        var start: Int?
        for index in range {
            if isNounCharacter(text.characters[index]) {
                start = start ?? index
            } else if let first = start {
                if !isVerbStem(text, first..<index, range) { nouns.append(first..<index) }
                start = nil
            }
        }
        if let first = start { nouns.append(first..<range.upperBound) }
        return nouns
    }

    /// One kanji followed by the hiragana of a verb or adjective: `切ります`, `速く`.
    static func isVerbStem(_ text: TimedText, _ run: Range<Int>, _ range: Range<Int>) -> Bool {
        guard run.count == 1, isKanji(text.characters[run.lowerBound]), run.upperBound < range.upperBound else {
            return false
        }
        let next = text.characters[run.upperBound]
        return isHiragana(next) && !"はがをにでとのもやへか".contains(next)
    }

    /// The sentence without openers, as much of it as fits a box.
    static func condensed(_ text: TimedText, _ range: Range<Int>) -> Range<Int>? {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, "、。！？!?,. 　「」".contains(text.characters[start]) { start += 1 }
        while end > start, "、。！？!?,. 　「」".contains(text.characters[end - 1]) { end -= 1 }
        guard end > start else { return nil }
        if end - start > longestLabel {
            let limit = start + longestLabel
            end = (start + 8..<limit).last { "、 　".contains(text.characters[$0]) } ?? limit
        }
        return start..<end
    }
}
