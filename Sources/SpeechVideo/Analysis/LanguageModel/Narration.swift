/// The words of one scene, for finding what a model quotes.
struct Narration: Sendable {
    private let text: TimedText
    private let sentences: [Sentence]
    /// Letters and digits in lower case, without what recognisers and models write differently.
    private let letters: [Character]
    /// Where each letter stands in the transcript.
    private let positions: [Int]
    private let stems: Set<String>

    /// Of the words of a label, how many must have been said.
    private static let saidShare = 0.5

    init(text: TimedText, sentences: [Sentence]) {
        self.text = text
        self.sentences = sentences
        var letters: [Character] = []
        var positions: [Int] = []
        for index in sentences.flatMap(\.range) {
            for letter in Self.plain(text.characters[index]) {
                letters.append(letter)
                positions.append(index)
            }
        }
        self.letters = letters
        self.positions = positions
        stems = Set(Self.words(of: quotation(of: text, sentences)).map(EnglishReader.stem))
    }

    /// The scene's sentences, verbatim.
    var quoted: String { quotation(of: text, sentences) }

    /// Where the words of `evidence` begin in the transcript; nil when they were not said in this order.
    func position(of evidence: String) -> Int? {
        let needle = evidence.flatMap(Self.plain)
        guard let first = needle.first, needle.count <= letters.count,
            needle.count >= 2 || !text.language.separatesWords
        else { return nil }
        for start in 0...(letters.count - needle.count) where letters[start] == first {
            let end = start + needle.count
            guard letters[start..<end].elementsEqual(needle) else { continue }
            if !text.language.separatesWords || isWholeWords(start..<end) { return positions[start] }
        }
        return nil
    }

    /// Whether `label` uses the words that were said; numbers must all have been.
    func supports(_ label: String) -> Bool {
        guard text.language.separatesWords else {
            let essential = label.filter(JapaneseScript.isNounCharacter).flatMap(Self.plain)
            guard !essential.isEmpty else { return true }
            let said = Set(letters)
            return Double(essential.count { said.contains($0) }) >= Self.saidShare * Double(essential.count)
        }
        let words = Self.words(of: label)
        guard words.filter({ $0.contains(where: \.isNumber) }).allSatisfy({ stems.contains(EnglishReader.stem($0)) })
        else {
            return false
        }
        let essential = words.filter { !EnglishWords.stop.contains($0) }
        guard !essential.isEmpty else { return true }
        let said = essential.count { word in
            let stem = EnglishReader.stem(word)
            return stems.contains(stem)
                || stem.count >= 5 && stems.contains { $0.hasPrefix(stem.prefix(max(4, stem.count - 3))) }
        }
        return Double(said) >= Self.saidShare * Double(essential.count)
    }

    private func isWholeWords(_ range: Range<Int>) -> Bool {
        let before = positions[range.lowerBound] - 1
        let after = positions[range.upperBound - 1] + 1
        func isLetter(_ index: Int) -> Bool {
            text.characters.indices.contains(index)
                && (text.characters[index].isLetter || text.characters[index].isNumber)
        }
        return !isLetter(before) && !isLetter(after)
    }

    private static func plain(_ character: Character) -> [Character] {
        character.isLetter || character.isNumber ? Array(character.lowercased()) : []
    }

    private static func words(of text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "'" }.map(String.init)
    }
}

private func quotation(of text: TimedText, _ sentences: [Sentence]) -> String {
    sentences.map { text[$0.range] }.joined(separator: text.language.separatesWords ? " " : "")
}
