/// Moments that are told without a year, month or hour in figures.
extension EnglishTimeline {
    private static let ages = EnglishWords.words(
        """
        five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen \
        twenty \
        twenty-one twenty-two twenty-three twenty-four twenty-five twenty-six twenty-seven twenty-eight twenty-nine \
        thirty \
        thirty-five forty forty-five fifty sixty
        """)

    /// `when I was seven`, `at nineteen`, `by my thirtieth birthday`, `the following summer`, `last year`.
    func ageOrSeason(at index: Int, word: String, previous: String, next: String, in span: Range<Int>)
        -> Moment?
    {
        let tokens = reader.tokens
        if Self.ages.contains(word) || (Int(word).map { (4...99).contains($0) } ?? false) {
            let isOld =
                ["was", "were", "turned"].contains(previous) && index - 3 >= span.lowerBound
                && (index - 3..<index).contains { ["when", "since", "until"].contains(tokens[$0].word) }
            let isAge =
                previous == "at"
                && (tokens[index].followedByComma
                    || EnglishWords.subjectPronouns.contains(next))
                && !["one", "it"].contains(next)
                && (Int(word).map { $0 > 12 } ?? !Self.hours.contains(word))
            if isOld || isAge || previous == "age" || previous == "aged" {
                return Moment(range: index..<(index + 1), weight: 0.9, key: "age \(word)", order: nil)
            }
        }
        if word == "birthday", previous.hasSuffix("th") || previous.hasSuffix("st") {
            return Moment(range: (index - 1)..<(index + 1), weight: 0.9, key: previous, order: nil)
        }
        let isPeriod = Self.partsOfDay.contains(word) || Self.spans.contains(word)
        if isPeriod, index > span.lowerBound + 1 || index == span.lowerBound + 1,
            ["following", "next", "last", "previous", "same"].contains(previous), next != "of"
        {
            return Moment(range: (index - 1)..<(index + 1), weight: 0.8, key: "\(previous) \(word)", order: nil)
        }
        if word == "these", next == "days" {
            return Moment(range: index..<(index + 2), weight: 0.4, key: "now", order: nil)
        }
        return nil
    }

    /// `March 3rd`, `May 4`.
    func isDay(_ word: String) -> Bool {
        Int(word.filter(\.isNumber)).map { (1...31).contains($0) } ?? false && word.count <= 4
    }

    private static let tens = EnglishWords.words("twenty thirty forty fifty sixty seventy eighty ninety")

    /// `on the 7th`, `in seventy-four`, `Eighty-eight, …`.
    func dayOrShortYear(at index: Int, word: String, previous: String, next: String, in span: Range<Int>) -> Moment? {
        let one = index..<(index + 1)
        if word.wholeMatch(of: /[0-9]{1,2}(st|nd|rd|th)/) != nil, previous == "the" {
            let before = index - 2 >= span.lowerBound ? reader.tokens[index - 2].word : ""
            guard ["", "on", "by", "until", "from", "since", "of", "and", "then"].contains(before),
                !["century", "floor", "time", "birthday", "anniversary"].contains(next)
            else { return nil }
            return Moment(range: one, weight: 1, key: "the \(word)", order: nil)
        }
        let parts = word.split(separator: "-")
        // Hours end at twelve, so `forty-eleven` would pass, but nobody says that.
        guard parts.count == 2, Self.tens.contains(String(parts[0])), Self.hours.contains(String(parts[1])),
            !isCountable(next), !Self.spans.contains(next)
        else { return nil }
        let leads = ["in", "by", "until", "since", "come", "around"].contains(previous)
        guard leads || index == span.lowerBound && reader.tokens[index].followedByComma else { return nil }
        return Moment(range: one, weight: 0.9, key: "year \(word)", order: nil)
    }
}
