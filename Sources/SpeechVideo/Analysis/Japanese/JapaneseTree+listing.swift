/// Lists: what stands between commas and `と`, or behind `一つ目は`.
extension JapaneseTree {
    /// `A、B、そしてC`, `AとB` as phrases.
    func items(in range: Range<Int>) -> [Range<Int>] {
        let characters = reader.text.characters
        var items: [Range<Int>] = []
        var start = range.lowerBound
        func close(_ end: Int) {
            if let item = item(in: start..<end), !items.contains(item) { items.append(item) }
        }
        for index in range {
            let isSeparator: Bool
            switch characters[index] {
            case "、", "，", "・": isSeparator = true
            case "と", "や":
                isSeparator = index > start && index + 1 < range.upperBound && joinsNouns(at: index)
            default: isSeparator = false
            }
            // `太鼓とか鼓`
            let isAlso =
                characters[index] == "と" && index > start && index + 2 < range.upperBound
                && characters[index + 1] == "か"
                && JapaneseScript.isNounCharacter(characters[index + 2])
            guard isSeparator || isAlso else { continue }
            close(index)
            start = index + (isAlso ? 2 : 1)
        }
        close(range.upperBound)
        return items
    }

    private func joinsNouns(at index: Int) -> Bool {
        let before = reader.text.characters[index - 1]
        let after = reader.text.characters[index + 1]
        return JapaneseScript.isNounCharacter(after) && !"言思呼".contains(after)
            && (JapaneseScript.isNounCharacter(before) || !"るすくむぶつうたい".contains(before))
    }

    private static let openers = [
        "そして", "それから", "および", "及び", "または", "さらに", "大きく分けて", "大きく", "主に", "次の", "以下の", "また", "下から順に", "上から順に", "順に",
        "もう一つ", "それに", "あとは", "あと",
    ]
    private static let closers = [
        "などの", "など", "といった", "という", "である", "なんか", "といい", "と言い", "として", "でして", "となって", "です", "からなる", "があ", "がい", "を担",
        "が含",
    ]

    private func item(in range: Range<Int>) -> Range<Int>? {
        var start = range.lowerBound
        for opener in Self.openers where range.count > opener.count {
            if reader.string(start..<min(range.upperBound, start + opener.count)) == opener {
                start += opener.count
                break
            }
        }
        var end = range.upperBound
        for closer in Self.closers {
            if let found = reader.position(of: closer, in: start..<end) { end = found.lowerBound }
        }
        // `発酵のさせ方で緑茶`: only what comes last is a part.
        if let means = (start..<max(start, end)).dropLast().last(where: { reader.text.characters[$0] == "で" }),
            means > start, means + 1 < end, JapaneseScript.isNounCharacter(reader.text.characters[means + 1]),
            !"すし".contains(reader.text.characters[means + 1])
        {
            start = means + 1
        }
        for index in (start..<max(start, end)).dropFirst() {
            let isCount =
                reader.text.characters[index] == "の" && index + 1 < end
                && Self.numerals.contains(reader.text.characters[index + 1])
            if isCount || ("をがはに".contains(reader.text.characters[index]) && reader.text.characters[index - 1] != "ご") {
                end = index
                break
            }
        }
        guard end > start, end - start <= 14, reader.label(start..<end) != nil else { return nil }
        let said = reader.string(start..<end)
        let isCountOnly =
            Self.numerals.contains(reader.text.characters[start])
            && (Self.counters.contains { said.dropFirst().hasPrefix($0) } || said.dropFirst() == "つ")
        // `この三つ` counts what was listed.
        if ["この", "その", "以上", "これら"].contains(where: said.hasPrefix), said.contains(where: Self.numerals.contains) {
            return nil
        }
        guard !isCountOnly, !said.hasSuffix("て"), !said.contains("ます"), !said.hasSuffix("た"), !said.hasSuffix("く")
        else { return nil }
        return start..<end
    }

    /// What the sentences after `sentence` name one by one: a list, or `一つ目は…`.
    func followers(after sentence: Int, count: Int) -> [Range<Int>] {
        var items: [Range<Int>] = []
        for next in reader.sentences.indices where next > sentence && next <= sentence + count + 1 {
            let range = reader.sentences[next].range
            let named = enumerated(in: range)
            if !named.isEmpty {
                items += named
                if items.count >= count { break }
                continue
            }
            guard items.isEmpty || next > sentence + 1 else { continue }
            if items.isEmpty, next == sentence + 1 {
                let start = topicOfList(range)
                let listed = self.items(in: start..<range.upperBound)
                let isList =
                    reader.string(range).contains("です") && reader.position(of: "は", in: start..<range.upperBound) == nil
                if isList, listed.count >= 2 { return Array(listed.prefix(count)) }
            }
            if let topic = reader.clauses.first(where: { $0.sentence == next })?.topic, topic.count <= 14 {
                items.append(topic)
            }
            if items.count >= count { break }
        }
        return items.count >= 2 ? Array(items.prefix(count)) : []
    }

    /// Behind `それは` or `これらは`.
    private func topicOfList(_ range: Range<Int>) -> Int {
        for opener in ["それは", "これらは", "それらは", "すなわち"] where range.count > opener.count {
            if reader.string(range.lowerBound..<(range.lowerBound + opener.count)) == opener {
                return range.lowerBound + opener.count
            }
        }
        return range.lowerBound
    }

    /// `一つ目はA、二つ目はB`.
    func enumerated(in range: Range<Int>) -> [Range<Int>] {
        var items: [Range<Int>] = []
        var start = range.lowerBound
        let marks = [
            "つ目は", "番目は", "つ目が", "番目が", "第一は", "第二は", "第三は", "一つは", "もう一つは", "最後は", "ひとつは", "もうひとつは",
            "もう一つが", "残る一つは", "残りの一つは", "つ目の", "つ目に", "一つが",
        ]
        while start < range.upperBound {
            guard
                let mark = marks.compactMap({ reader.position(of: $0, in: start..<range.upperBound) })
                    .min(by: { ($0.lowerBound, $1.upperBound) < ($1.lowerBound, $0.upperBound) })
            else { break }
            let limit =
                (mark.upperBound..<range.upperBound).first { "、，。".contains(reader.text.characters[$0]) }
                ?? range.upperBound
            var end = limit
            for closer in ["といいまして", "といって", "ですね", "です", "で"] where end - mark.upperBound > closer.count {
                if reader.string(end - closer.count..<end) == closer {
                    end -= closer.count
                    break
                }
            }
            if let item = item(in: mark.upperBound..<end) { items.append(item) }
            start = max(limit, mark.upperBound)
        }
        return items
    }
}
