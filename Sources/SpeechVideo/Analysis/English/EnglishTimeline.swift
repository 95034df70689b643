/// Events with their dates, days or hours.
struct EnglishTimeline: Sendable {
    let reader: EnglishReader
    let tone: EnglishTone

    private static let months = EnglishWords.words(
        "january february april june july august september october november december jan feb aug sept oct nov dec")
    private static let weekdays = EnglishWords.words(
        "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays")
    static let hours = EnglishWords.words(
        "one two three four five six seven eight nine ten eleven twelve noon midnight")
    static let spans = EnglishWords.words(
        "year years month months week weeks day days decade decades century centuries hour hours minutes")
    private static let counts = EnglishWords.words(
        "one two three four five six seven eight nine ten twelve twenty thirty fifty hundred a few several many some "
            + "2 3 4 5 6 7 8 9 10"
    )
    static let partsOfDay = EnglishWords.words(
        "morning afternoon evening lunchtime dawn dusk noon spring summer autumn winter fall night")
    private static let timePrepositions = EnglishWords.words(
        "in on at by since from around until till about before after during late early mid the of circa next "
            + "this last between"
    )

    struct Moment {
        var range: Range<Int>
        /// 1 for a date or hour, less for `later that year`.
        var weight: Double
        var key: String
        var order: Int?
    }

    func draft() -> Draft? {
        var nodes: [Draft.Node] = []
        var keys: [String] = []
        var evidence = 0.0
        var orders: [Int] = []
        for (sentence, span) in reader.spans.enumerated() where !span.isEmpty && !reader.sentences[sentence].isQuestion
        {
            for (piece, moment) in events(in: span) {
                guard let quote = label(piece, around: moment.range) else { continue }
                guard !nodes.contains(where: { $0.quote.overlaps(quote) }) else { continue }
                nodes.append(.init(quote: quote))
                if !keys.contains(moment.key) { evidence += moment.weight }
                keys.append(moment.key)
                if let order = moment.order { orders.append(order) }
            }
        }
        guard nodes.count >= 3, Set(keys).count >= 3 else { return nil }
        if orders.count >= 3, zip(orders, orders.dropFirst()).allSatisfy({ $0 <= $1 }) { evidence += 0.5 }
        let edges = nodes.indices.dropLast().map { Draft.Edge(from: $0, to: $0 + 1) }
        return Draft(
            kind: .timeline, score: Draft.confidence(min(evidence, 5) * 1.1 - tone.penaltyInPast, even: 2.2),
            nodes: nodes,
            edges: Array(edges), direction: .leftToRight
        ).limited()
    }

    /// Cuts a sentence so that each piece holds one moment.
    private func events(in span: Range<Int>) -> [(Range<Int>, Moment)] {
        let moments = moments(in: span)
        var events: [(Range<Int>, Moment)] = []
        var start = span.lowerBound
        for (index, moment) in moments.enumerated() {
            let limit = index + 1 < moments.count ? moments[index + 1].range.lowerBound : span.upperBound
            let isLeading =
                moment.range.lowerBound - start <= 3
                && (start..<moment.range.lowerBound).allSatisfy {
                    Self.timePrepositions.contains(reader.tokens[$0].word)
                        || EnglishWords.fillers.contains(reader.tokens[$0].word)
                        || EnglishWords.conjunctions.contains(reader.tokens[$0].word)
                        || reader.tokens[$0].word == "then"
                }
            var end = limit
            if index + 1 < moments.count {
                end = seam(from: moment.range.upperBound, before: limit, isLeading: isLeading)
            }
            if end <= moment.range.upperBound, isLeading { end = limit }
            events.append((min(start, moment.range.lowerBound)..<max(end, moment.range.upperBound), moment))
            start = max(end, moment.range.upperBound)
        }
        return events
    }

    /// Where one event ends and the next begins, between two moments.
    private func seam(from start: Int, before limit: Int, isLeading: Bool) -> Int {
        guard start < limit else { return limit }
        if !isLeading {
            // `… in 1947, and in 1969 …`: the event ends with its moment.
            for index in (start - 1)..<limit {
                if reader.tokens[index].followedByComma || reader.tokens[index].followedByStop { return index + 1 }
                if index >= start, ["and", "but", "then", "while"].contains(reader.tokens[index].word) { return index }
            }
            return start
        }
        var index = limit - 1
        while index > start {
            if ["and", "but", "then", "while", "before"].contains(reader.tokens[index].word) { return index }
            if reader.tokens[index - 1].followedByComma || reader.tokens[index - 1].followedByStop { return index }
            index -= 1
        }
        return limit
    }

    private func label(_ piece: Range<Int>, around moment: Range<Int>) -> Range<Int>? {
        var start = piece.lowerBound
        while start < moment.lowerBound {
            let word = reader.tokens[start].word
            guard
                EnglishWords.articles.contains(word) || EnglishWords.conjunctions.contains(word)
                    || EnglishWords.fillers.contains(word)
                    || ["in", "on", "at", "by", "then", "from", "it", "they", "we", "only"].contains(word)
            else { break }
            start += 1
        }
        // `only twenty four years later, in 1927, …`: the words before the comma only lead to the moment.
        if start < moment.lowerBound,
            let comma = (start..<moment.lowerBound).last(where: { reader.tokens[$0].followedByComma })
        {
            let isLong = moment.lowerBound - comma > 4
            start = isLong ? comma + 1 : comma + 1 - start <= 5 ? moment.lowerBound : start
        }
        let first = reader.tokens[start].range.lowerBound
        let whole = reader.tokens[piece.upperBound - 1].range.upperBound
        if whole - first <= EnglishReader.longestLabel { return trimmed(start..<piece.upperBound, around: moment) }
        let momentEnd = reader.tokens[moment.upperBound - 1].range.upperBound
        if momentEnd - first <= EnglishReader.longestLabel {
            var end = moment.upperBound
            while end < piece.upperBound, reader.tokens[end].range.upperBound - first <= EnglishReader.longestLabel {
                end += 1
            }
            // A comma after enough words is the better place to stop.
            let stop = (moment.upperBound..<end).last { index in
                reader.tokens[index].followedByComma && index + 1 - start >= 5 && index + 3 >= end
            }
            return trimmed(start..<(stop.map { $0 + 1 } ?? end), around: moment)
        }
        var late = moment.lowerBound
        while late > start, momentEnd - reader.tokens[late - 1].range.lowerBound <= EnglishReader.longestLabel {
            late -= 1
        }
        while late < moment.lowerBound,
            EnglishWords.articles.contains(reader.tokens[late].word)
                || EnglishWords.prepositions.contains(reader.tokens[late].word)
                || EnglishWords.conjunctions.contains(reader.tokens[late].word)
        {
            late += 1
        }
        var end = moment.upperBound
        let from = reader.tokens[late].range.lowerBound
        while end < piece.upperBound, reader.tokens[end].range.upperBound - from <= EnglishReader.longestLabel {
            end += 1
        }
        return trimmed(late..<end, around: moment)
    }

    /// Without words at the end that lead on to something; the moment stays.
    private func trimmed(_ range: Range<Int>, around moment: Range<Int>) -> Range<Int>? {
        var end = range.upperBound
        while end > moment.upperBound, end > range.lowerBound + 1,
            EnglishWords.weakEndings.contains(reader.tokens[end - 1].word)
        {
            end -= 1
        }
        guard range.lowerBound < end else { return nil }
        let quote = reader.tokens[range.lowerBound].range.lowerBound..<reader.tokens[end - 1].range.upperBound
        return quote.count <= EnglishReader.longestLabel ? quote : nil
    }

    private func moments(in span: Range<Int>) -> [Moment] {
        var moments: [Moment] = []
        var index = span.lowerBound
        while index < span.upperBound {
            if let moment = moment(at: index, in: span) {
                if let last = moments.last, last.range.upperBound >= index - 2,
                    (last.range.upperBound..<index).allSatisfy({
                        ["of", "the", "at", "in"].contains(reader.tokens[$0].word)
                    })
                {
                    // `four years later, in 2014`: the year leads.
                    let start = last.weight < moment.weight ? moment.range.lowerBound : last.range.lowerBound
                    moments[moments.count - 1].range = start..<moment.range.upperBound
                    moments[moments.count - 1].key += " " + moment.key
                    moments[moments.count - 1].weight = max(last.weight, moment.weight)
                } else {
                    moments.append(moment)
                }
                index = moment.range.upperBound
            } else {
                index += 1
            }
        }
        return moments
    }

    private func moment(at index: Int, in span: Range<Int>) -> Moment? {
        let token = reader.tokens[index]
        let word = token.word
        let previous = index > span.lowerBound ? reader.tokens[index - 1].word : ""
        let next = index + 1 < span.upperBound ? reader.tokens[index + 1].word : ""
        let one = index..<(index + 1)
        let digits = word.filter(\.isNumber)
        if digits.count == 4, let year = Int(digits), (1000...2100).contains(year),
            word.count == 4 || word == digits + "s" || word == digits + "'s"
        {
            return Moment(range: one, weight: 1, key: word, order: year)
        }
        if Self.months.contains(word)
            || (["may", "march"].contains(word) && token.isCapitalised
                && (["in", "by", "of", "until", "since", "from"].contains(previous) || isDay(next)))
        {
            let end = isDay(next) ? index + 2 : index + 1
            return Moment(range: index..<end, weight: 1, key: isDay(next) ? "\(word) \(next)" : word, order: nil)
        }
        if let moment = dayOrShortYear(at: index, word: word, previous: previous, next: next, in: span) {
            return moment
        }
        if Self.weekdays.contains(word) { return Moment(range: one, weight: 1, key: word, order: nil) }
        if word.contains(":"), digits.count >= 3 { return Moment(range: one, weight: 1, key: word, order: nil) }
        let isClock = ["a.m", "p.m", "am", "pm", "o'clock", "a.m."].contains(next)
        if Self.hours.contains(word) || (Int(word) ?? 99) <= 24 {
            let isNamed = ["noon", "midnight"].contains(word)
            let isAt = ["at", "by", "until", "around", "from", "till"].contains(previous)
            let isHour =
                isAt && !["of", "times", "percent", "degrees", "hundred"].contains(next)
                && (next.isEmpty || reader.tokens[index].followedByComma || !isCountable(next))
            if isNamed || isClock || isHour {
                var end = isClock ? index + 2 : index + 1
                if !isClock, ["thirty", "fifteen", "forty-five", "forty"].contains(next) { end = index + 2 }
                return Moment(range: index..<end, weight: isNamed || isClock ? 1 : 0.8, key: word, order: nil)
            }
        }
        if let moment = ageOrSeason(at: index, word: word, previous: previous, next: next, in: span) { return moment }
        if Self.spans.contains(word), ["later", "ago", "after", "afterwards", "on", "in"].contains(next),
            !["on", "in"].contains(next) || Self.counts.contains(previous) && reader.tokens[index + 1].followedByComma
                || index + 2 < span.upperBound && next == "on" && reader.tokens[index].range.lowerBound >= 0
                    && EnglishWords.subjectPronouns.contains(reader.tokens[index + 2].word)
        {
            let start = Self.counts.contains(previous) ? index - 1 : index
            return Moment(range: start..<(index + 2), weight: 0.6, key: "\(previous) \(word) \(next)", order: nil)
        }
        if ["day", "week", "month", "quarter", "year", "sprint"].contains(word) {
            if Self.hours.contains(next) || Self.counts.contains(next) || Int(next) != nil {
                return Moment(range: index..<(index + 2), weight: 1, key: "\(word) \(next)", order: nil)
            }
            if ["first", "second", "third", "fourth", "fifth", "last", "next", "following", "final", "same"].contains(
                previous)
            {
                return Moment(range: (index - 1)..<(index + 1), weight: 0.8, key: "\(previous) \(word)", order: nil)
            }
        }
        if word == "century", index > span.lowerBound {
            return Moment(range: (index - 1)..<(index + 1), weight: 1, key: previous, order: nil)
        }
        if word.count == 2, word.first == "q", word.last?.isNumber == true {
            return Moment(range: one, weight: 1, key: word, order: nil)
        }
        if Self.partsOfDay.contains(word),
            ["the", "in", "that", "every", "early", "late", "by", "at"].contains(previous)
        {
            return Moment(range: one, weight: 0.6, key: word, order: nil)
        }
        return nil
    }

    func isCountable(_ word: String) -> Bool {
        let first = EnglishReader.stem(word)
        return word != first && EnglishVerbs.forms(of: word).isEmpty
    }
}
