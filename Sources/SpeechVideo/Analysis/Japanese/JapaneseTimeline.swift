/// Events with their dates, days or hours.
struct JapaneseTimeline: Sendable {
    let reader: JapaneseReader
    let tone: JapaneseTone

    private struct Moment {
        var range: Range<Int>
        /// 1 for a date or hour, less for `数年後`.
        var weight: Double
    }

    private static let numerals: Set<Character> = Set("0123456789０１２３４５６７８９〇一二三四五六七八九十百千")
    private static let named: [(phrase: [Character], weight: Double)] = [
        ("正午", 1), ("真夜中", 0.8), ("月曜", 1), ("火曜", 1), ("水曜", 1), ("木曜", 1), ("金曜", 1), ("土曜", 1), ("日曜", 1),
        ("翌年", 0.8), ("翌日", 0.8), ("翌月", 0.8), ("翌週", 0.8), ("翌朝", 0.8), ("昨年", 0.7), ("去年", 0.6), ("来年", 0.7),
        ("再来年", 0.8), ("今年", 0.5), ("来月", 0.7), ("今月", 0.5), ("先月", 0.5), ("午前中", 0.7), ("午後", 0.5), ("夕方", 0.5),
        ("おととし", 0.8), ("一昨年", 0.8), ("半年", 0.6), ("戦後", 0.8), ("戦前", 0.8), ("戦時中", 0.8), ("先週", 0.5), ("今週", 0.4),
        ("来週", 0.6), ("再来週", 0.8), ("前日", 0.6), ("当日", 0.6), ("昼前", 0.5), ("明け方", 0.6), ("深夜", 0.6), ("初日", 0.7),
        ("最終日", 0.8), ("上旬", 0.5), ("中旬", 0.5), ("下旬", 0.5), ("月末", 0.5), ("月初め", 0.5),
        ("元旦", 0.8), ("年末", 0.6), ("年度末", 0.7), ("春", 0.3), ("夏", 0.3), ("秋", 0.3), ("冬", 0.3), ("朝", 0.3), ("夜", 0.3),
    ].map { (Array($0.0), $0.1) }
    private static let eras: [[Character]] = ["明治", "大正", "昭和", "平成", "令和", "西暦", "紀元前"].map(Array.init)

    func draft() -> Draft? {
        var nodes: [Draft.Node] = []
        var keys: Set<String> = []
        var evidence = 0.0
        var told: [Range<Int>] = []
        for sentence in reader.sentences where !sentence.isQuestion {
            for (piece, moment) in events(in: sentence.range) {
                guard let quote = reader.label(piece), !nodes.contains(where: { $0.quote.overlaps(quote) }) else {
                    continue
                }
                nodes.append(.init(quote: quote))
                told.append(moment.range)
                if keys.insert(reader.string(moment.range)).inserted { evidence += moment.weight }
            }
        }
        guard nodes.count >= 3, keys.count >= 3 else { return nil }
        evidence = min(evidence, 5) - Double(reversals(told))
        // A chronicle dates most of what it says; a message names a time or two.
        let dated = reader.sentences.count { sentence in told.contains { sentence.range.contains($0.lowerBound) } }
        if Double(dated) < 0.5 * Double(reader.sentences.count) { evidence -= 1.5 }
        let edges = nodes.indices.dropLast().map { Draft.Edge(from: $0, to: $0 + 1) }
        return Draft(
            kind: .timeline, score: Draft.confidence(evidence * 1.15 - tone.penaltyInPast, even: 2.2),
            nodes: nodes, edges: Array(edges))
    }

    /// Cuts a sentence so that each piece holds one moment.
    private func events(in range: Range<Int>) -> [(Range<Int>, Moment)] {
        let moments = moments(in: range)
        var events: [(Range<Int>, Moment)] = []
        var start = range.lowerBound
        for (index, moment) in moments.enumerated() {
            var end = range.upperBound
            if index + 1 < moments.count {
                let next = moments[index + 1].range.lowerBound
                end =
                    (moment.range.upperBound..<next).last { "、，".contains(reader.text.characters[$0]) }.map { $0 + 1 }
                    ?? next
            }
            events.append((piece(start..<end, around: moment.range), moment))
            start = end
        }
        return events
    }

    /// Begins at the moment where the words in front of it would not leave room for the event.
    private func piece(_ range: Range<Int>, around moment: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        while let cue = JapaneseCue.cue(in: reader.text.characters, at: start, before: moment.lowerBound) {
            start += cue.length
        }
        let isNear = moment.lowerBound - start <= 14 && range.upperBound - start <= JapaneseScript.longestLabel
        return (isNear ? start : moment.lowerBound)..<range.upperBound
    }

    private func moments(in range: Range<Int>) -> [Moment] {
        var moments: [Moment] = []
        var index = range.lowerBound
        while index < range.upperBound {
            guard let moment = moment(at: index, in: range) else {
                index += 1
                continue
            }
            // `1945年八月十五日`, `月曜日の朝`: one moment.
            if let last = moments.last,
                moment.range.lowerBound - last.range.upperBound <= 1
                    || reader.string(last.range.upperBound..<moment.range.lowerBound) == "から"
            {
                moments[moments.count - 1].range = last.range.lowerBound..<moment.range.upperBound
                moments[moments.count - 1].weight = max(last.weight, moment.weight)
            } else {
                moments.append(moment)
            }
            index = moment.range.upperBound
        }
        return moments
    }

    private func moment(at index: Int, in range: Range<Int>) -> Moment? {
        let characters = reader.text.characters
        for (phrase, weight) in Self.named where starts(with: phrase, at: index, in: range) {
            let end = index + phrase.count
            // A season or time of day stands alone: `春に`, `朝、`.
            if phrase.count == 1 {
                guard end < range.upperBound, "にはの、、".contains(characters[end]),
                    index == range.lowerBound || !JapaneseScript.isKanji(characters[index - 1])
                else { return nil }
            }
            let isWeekday = characters[end - 1] == "曜" && end < range.upperBound && characters[end] == "日"
            return Moment(range: index..<(isWeekday ? end + 1 : end), weight: weight)
        }
        for era in Self.eras where starts(with: era, at: index, in: range) {
            let start = index + era.count
            let end =
                start < range.upperBound && characters[start] == "元" ? start + 1 : numeralEnd(from: start, in: range)
            if end > start, end < range.upperBound, characters[end] == "年" {
                return Moment(range: index..<(end + 1), weight: 1)
            }
            // `明治になると`, `大正の末`.
            if start < range.upperBound, "にのはから初末、".contains(characters[start]) {
                return Moment(range: index..<start, weight: 0.8)
            }
        }
        if let period = period(at: index, in: range) { return period }
        guard Self.numerals.contains(characters[index]) else { return nil }
        let end = numeralEnd(from: index, in: range)
        guard end < range.upperBound else { return nil }
        let next = end + 1 < range.upperBound ? characters[end + 1] : "。"
        func moment(_ length: Int, _ weight: Double) -> Moment { Moment(range: index..<(end + length), weight: weight) }
        switch characters[end] {
        case "年":
            if next == "代" { return moment(2, 1) }
            if "後前目".contains(next) { return moment(2, 0.7) }
            return end - index >= 4 || "千".contains(characters[index]) ? moment(1, 1) : nil
        case "月": return next == "間" ? nil : moment(1, 1)
        case "日":
            if next == "目" { return moment(2, 1) }
            if "後前".contains(next) { return moment(2, 0.6) }
            let isDate = index > range.lowerBound && characters[index - 1] == "月" || end - index >= 2
            return next != "間" && next != "中" && isDate ? moment(1, 1) : nil
        case "時":
            if next == "間" {
                return end + 2 < range.upperBound && "後前目".contains(characters[end + 2]) ? moment(3, 0.7) : nil
            }
            return moment(next == "半" ? 2 : 1, 1)
        case "歳", "才": return moment(next == "半" ? 2 : 1, 0.7)
        case "分": return next == "後" ? moment(2, 0.6) : nil
        case "世": return next == "紀" ? moment(2, 1) : nil
        case "週":
            if next == "間" {
                return end + 2 < range.upperBound && "後前".contains(characters[end + 2]) ? moment(3, 0.7) : nil
            }
            return next == "目" ? moment(2, 1) : nil
        case "か", "ヶ", "カ", "ケ", "ヵ":
            return end + 2 < range.upperBound && next == "月" && "後前目でのに".contains(characters[end + 2])
                ? moment(3, 0.7) : nil
        case "限": return next == "目" ? moment(2, 1) : nil
        default: return nil
        }
    }

    /// `江戸時代`, `縄文時代`, `高校時代`.
    private func period(at index: Int, in range: Range<Int>) -> Moment? {
        let characters = reader.text.characters
        guard JapaneseScript.isKanji(characters[index]),
            index == range.lowerBound || !JapaneseScript.isKanji(characters[index - 1])
        else { return nil }
        let end = (index..<range.upperBound).first { !JapaneseScript.isKanji(characters[$0]) } ?? range.upperBound
        guard end - index >= 4, characters[(end - 2)..<end].elementsEqual("時代") else { return nil }
        return Moment(range: index..<end, weight: 0.9)
    }

    private static let relativeYears = [
        ("おととし", -2), ("一昨年", -2), ("昨年", -1), ("去年", -1), ("今年", 0), ("再来年", 2), ("来年", 1),
    ]

    /// How often the years go back in time: then somebody compares or remembers.
    private func reversals(_ moments: [Range<Int>]) -> Int {
        let relative = moments.compactMap { moment -> Int? in
            let said = reader.string(moment)
            return Self.relativeYears.first { said.hasPrefix($0.0) }?.1
        }
        let absolute = moments.compactMap { moment in
            let digits = reader.string(moment).prefix { $0.isNumber }
            return digits.count == 4 ? Int(digits) : nil
        }
        return [relative, absolute].reduce(0) { sum, years in sum + zip(years, years.dropFirst()).count { $0 > $1 } }
    }

    private func starts(with phrase: [Character], at index: Int, in range: Range<Int>) -> Bool {
        index + phrase.count <= range.upperBound
            && reader.text.characters[index..<(index + phrase.count)].elementsEqual(phrase)
    }

    private func numeralEnd(from start: Int, in range: Range<Int>) -> Int {
        var end = start
        while end < range.upperBound, Self.numerals.contains(reader.text.characters[end]) { end += 1 }
        return end
    }
}
