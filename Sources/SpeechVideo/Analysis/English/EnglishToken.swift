import Foundation

/// One English word with its place in the text.
struct EnglishToken: Sendable {
    var range: Range<Int>
    /// Lower case, with straight apostrophes.
    var word: String
    /// Punctuation between this word and the next.
    var followedByComma: Bool
    var followedByStop: Bool
    var isCapitalised: Bool

    var forms: VerbForm { EnglishVerbs.forms(of: word) }

    /// Words of `range`, without punctuation.
    static func tokens(of text: TimedText, in range: Range<Int>) -> [EnglishToken] {
        var tokens: [EnglishToken] = []
        var index = range.lowerBound
        while index < range.upperBound {
            guard isWordCharacter(text, index, range) else {
                if let last = tokens.indices.last {
                    let character = text.characters[index]
                    if ",、".contains(character) { tokens[last].followedByComma = true }
                    let isTitle = character == "." && ["mr", "mrs", "ms", "dr", "st"].contains(tokens[last].word)
                    if ".!?;:—–-".contains(character), !isTitle { tokens[last].followedByStop = true }
                }
                index += 1
                continue
            }
            var end = index
            while end < range.upperBound, isWordCharacter(text, end, range) { end += 1 }
            let word = text[index..<end].lowercased().replacingOccurrences(of: "’", with: "'")
            tokens.append(
                EnglishToken(
                    range: index..<end, word: word, followedByComma: false, followedByStop: false,
                    isCapitalised: text.characters[index].isUppercase))
            index = end
        }
        return tokens
    }

    private static func isWordCharacter(_ text: TimedText, _ index: Int, _ range: Range<Int>) -> Bool {
        let character = text.characters[index]
        if character.isLetter || character.isNumber || "'’%$€£+#&".contains(character) { return true }
        guard "-.:,/".contains(character), index > range.lowerBound, index + 1 < range.upperBound else { return false }
        let before = text.characters[index - 1]
        let after = text.characters[index + 1]
        if character == "-" || character == "/" {
            return before.isLetter && after.isLetter || before.isNumber && after.isNumber
        }
        if character == "." && before.isLetter && after.isLetter { return true }
        return before.isNumber && after.isNumber
    }
}
