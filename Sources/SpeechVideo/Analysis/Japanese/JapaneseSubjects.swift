/// The things that a scene speaks of in turn: `犬は…、猫は…。犬は…、猫は…`.
struct JapaneseSubjects: Sendable {
    let reader: JapaneseReader

    /// A place where the speaker turns to a thing.
    struct Mention: Sendable {
        var side: Int
        var sentence: Int
        /// The name in the transcript.
        var name: Range<Int>
        /// Where begins what is said about it.
        var rest: Int
    }

    /// Two things beside each other.
    struct Pair: Sendable {
        var names: [String]
        var mentions: [Mention]
        /// How often the speaker goes from one to the other.
        var turns: Int
        /// Named together first: `犬と猫`, `電車か車`.
        var isAnnounced: Bool
        /// Both are recommended: `急ぐなら電車、荷物が多いなら車`.
        var areChoices: Bool
    }

    /// What follows a name that something is said about, the longest first.
    private static let markers: [[Character]] = [
        "のほうがずっと", "というのは", "の場合には", "の場合は", "のときは", "のほうは", "の方は", "のほうが", "の方が", "のほうも", "の場合", "に対して", "だったら",
        "へ行くと", "に行くと", "になると", "となると", "に行けば", "にすると", "だけは", "のほう", "には", "では", "だと", "なら", "って", "のは", "は",
    ].map { Array($0) }

    static let pronouns: Set<String> = [
        "日中", "あす", "きょう", "きのう", "あさって", "一昨日", "午前", "午後", "以前", "普段", "今回", "先日", "全体", "一部", "途中", "一つ", "もう一つ",
        "これ", "それ", "あれ", "ここ", "そこ", "あそこ", "こちら", "そちら", "あちら", "どちら", "どっち", "私", "僕", "俺", "わたし", "あなた", "彼", "彼女",
        "みんな", "皆さん", "みなさん", "自分", "今日", "昨日", "明日", "最近", "両方", "両者", "二人", "とき", "場合", "人", "話", "違い",
        "結局",
        "妻", "夫", "母", "父", "子ども", "子供", "うちの妻", "うちの母", "うちの父", "うち", "今年", "去年", "来年", "もの", "こと", "の", "ん", "実", "次",
        "最初", "最後",
        "理由", "問題", "大事なの", "大切なの", "当日", "平日",
    ]

    /// The two things that the speaker turns to most often, one after the other.
    func pair(named given: [String]? = nil) -> Pair? {
        let names = given ?? candidates()
        var best: Pair?
        for (index, one) in names.enumerated() {
            for other in names.dropFirst(index + 1) where !one.contains(other) && !other.contains(one) {
                guard let pair = pair(one, other) else { continue }
                if best.map({ weight(of: $0) < weight(of: pair) }) ?? true { best = pair }
            }
        }
        return best
    }

    /// Whether each is where a sentence starts: `犬は…。猫は…。`
    func openSentences(_ pair: Pair) -> Bool {
        [0, 1].allSatisfy { side in
            pair.mentions.contains { mention in
                mention.side == side
                    && mention.name.lowerBound - reader.sentences[mention.sentence].range.lowerBound <= 5
            }
        }
    }

    /// Whether both are of one kind, and each opens a sentence: `紙の辞書は…。電子辞書は…。`
    func areKin(_ pair: Pair) -> Bool {
        let names = pair.names.map(Array.init)
        guard let last = names[0].last, last == names[1].last,
            JapaneseScript.isKanji(last) || names[0].suffix(2) == names[1].suffix(2)
        else { return false }
        return openSentences(pair)
    }

    private func weight(of pair: Pair) -> Int {
        (areKin(pair) ? 2 : 0) + pair.turns * 2 + pair.mentions.count + (pair.isAnnounced ? 4 : 0)
            + (pair.areChoices ? 4 : 0)
    }

    private func pair(_ one: String, _ other: String) -> Pair? {
        let mentions = mentions(of: [one, other])
        guard Set(mentions.map(\.side)).count == 2 else { return nil }
        let turns = zip(mentions, mentions.dropFirst()).count { $0.side != $1.side }
        let areChoices = [one, other].allSatisfy { name in
            ["なら", "には", "だったら", "のは", "人は", "ときは"].contains { reader.contains($0 + name) }
        }
        return Pair(
            names: [one, other], mentions: mentions, turns: turns, isAnnounced: areNamedTogether(one, other),
            areChoices: areChoices)
    }

    /// `AとB`, `AかB`, `Aを買うかBを買うか`, in this or the other order.
    private func areNamedTogether(_ one: String, _ other: String) -> Bool {
        reader.sentences.contains { sentence in
            if isChoice(one, other, in: sentence.range) || isChoice(other, one, in: sentence.range) { return true }
            let said = reader.string(sentence.range)
            return ["と", "か", "も", "や", "、", "とか", "にするか", "を選ぶか", "を買うか", "を飼うか", "派か", "派ですか、", "ですか、"].contains {
                joint in
                said.contains(one + joint + other) || said.contains(other + joint + one)
            }
        }
    }

    /// `和室にするか、全部洋室にするか`
    private func isChoice(_ one: String, _ other: String, in range: Range<Int>) -> Bool {
        guard let first = reader.position(of: one, in: range),
            let second = reader.position(of: other, in: first.upperBound..<range.upperBound)
        else { return false }
        let between = reader.string(first.upperBound..<second.lowerBound)
        let behind = reader.string(second.upperBound..<min(range.upperBound, second.upperBound + 5))
        return between.count <= 8 && between.contains("か") && behind.contains("か")
    }

    // MARK: Names

    /// Phrases that stand before `は`, `では`, `のほうが` and the like.
    private func candidates() -> [String] {
        var names: [String] = []
        for sentence in reader.sentences {
            for index in sentence.range {
                guard let marker = marker(at: index, before: sentence.range.upperBound),
                    let name = phrase(before: index, from: sentence.range.lowerBound)
                else { continue }
                let said = reader.string(name)
                guard !Self.pronouns.contains(said), !names.contains(said), marker.count < sentence.range.count else {
                    continue
                }
                names.append(said)
                // `在宅の日`: also `在宅`.
                if let head = said.firstIndex(of: "の").map({ String(said[..<$0]) }), head.count >= 2,
                    !Self.pronouns.contains(head), !names.contains(head)
                {
                    names.append(head)
                }
            }
        }
        return Array(names.prefix(24))
    }

    private func marker(at index: Int, before end: Int) -> [Character]? {
        let characters = reader.text.characters
        for marker in Self.markers where index + marker.count < end {
            guard characters[index..<(index + marker.count)].elementsEqual(marker) else { continue }
            // `はじめ`, `ごはん`, `…てはいけない` hold no topic.
            let next = characters[index + marker.count]
            if marker == ["は"], "じんるさ".contains(next) || index > 0 && "てご".contains(characters[index - 1]) {
                return nil
            }
            return marker
        }
        return nil
    }

    /// The noun phrase before a particle: all of a short clause, or the nouns with `の` between them.
    private func phrase(before end: Int, from start: Int) -> Range<Int>? {
        let characters = reader.text.characters
        if let short = shortPhrase(before: end, from: start) { return short }
        var begin = end
        while begin > start, isPartOfName(at: begin - 1, end, from: start) { begin -= 1 }
        while begin < end, characters[begin] == "の" { begin += 1 }
        // A name in hiragana between a comma and the particle.
        if begin == end {
            var first = end
            while first > start, JapaneseScript.isHiragana(characters[first - 1]), end - first <= 6 { first -= 1 }
            while first < end, let cue = JapaneseCue.cue(in: characters, at: first, before: end) { first += cue.length }
            let isAlone = first == start || !JapaneseScript.isNounCharacter(characters[first - 1])
            guard isAlone, (2...5).contains(end - first) else { return nil }
            begin = first
        }
        guard (1...12).contains(end - begin) else { return nil }
        return begin..<end
    }

    /// `絹ごし`, `大きな会社`: what stands between a comma and the particle, where no other particle is in it.
    private func shortPhrase(before end: Int, from start: Int) -> Range<Int>? {
        let characters = reader.text.characters
        let comma = (start..<end).last { "、，。「」".contains(characters[$0]) }
        var begin = comma.map { $0 + 1 } ?? start
        while begin < end, let cue = JapaneseCue.cue(in: characters, at: begin, before: end) { begin += cue.length }
        guard (2...8).contains(end - begin),
            !(begin..<end).contains(where: {
                "をがにはもへで".contains(characters[$0]) && reader.string($0..<min(end, $0 + 2)) != "もの"
            }),
            JapaneseScript.isNounCharacter(characters[begin]) || "おご".contains(characters[begin])
        else { return nil }
        return begin..<end
    }

    private func isPartOfName(at index: Int, _ end: Int, from start: Int) -> Bool {
        let characters = reader.text.characters
        let character = characters[index]
        if JapaneseScript.isNounCharacter(character) { return true }
        guard index > start, index + 1 < end else { return false }
        let before = characters[index - 1]
        if character == "の" { return JapaneseScript.isNounCharacter(before) }
        // `大きな会社`, `新しい校舎`
        if "なきさしい".contains(character), JapaneseScript.isNounCharacter(characters[index + 1]) || character != "な" {
            return JapaneseScript.isKanji(before) || "きさし".contains(before)
        }
        return false
    }

    // MARK: Mentions

    /// Every place where one of `names` is what a clause is about.
    func mentions(of names: [String]) -> [Mention] {
        let wanted = names.map { Array($0) }
        let characters = reader.text.characters
        var mentions: [Mention] = []
        for (position, sentence) in reader.sentences.enumerated() {
            var index = sentence.range.lowerBound
            while index < sentence.range.upperBound {
                guard
                    let side = wanted.firstIndex(where: {
                        index + $0.count <= sentence.range.upperBound
                            && characters[index..<(index + $0.count)].elementsEqual($0)
                    }), isWhole(at: index, from: sentence.range.lowerBound),
                    let rest = rest(
                        of: index, after: index + wanted[side].count, before: sentence.range.upperBound)
                else {
                    index += 1
                    continue
                }
                let name = index..<(index + wanted[side].count)
                mentions.append(Mention(side: side, sentence: position, name: name, rest: rest))
                index = rest
            }
        }
        return mentions
    }

    /// `部長` is no mention of `長`.
    private func isWhole(at index: Int, from start: Int) -> Bool {
        guard index > start else { return true }
        let before = reader.text.characters[index - 1]
        return !JapaneseScript.isNounCharacter(before)
            || JapaneseScript.isHiragana(reader.text.characters[index])
    }

    /// Behind the particle that makes a name the subject, with at most a short noun between: `東京の人は`.
    private func rest(of start: Int, after end: Int, before limit: Int) -> Int? {
        let characters = reader.text.characters
        if let marker = marker(at: end, before: limit) { return end + marker.count }
        // `足が速いのは犬で`, `人数は犬が多く`
        if end < limit, characters[end] == "が", start > 0, "は、も".contains(characters[start - 1]) { return end + 1 }
        guard end < limit, characters[end] == "の" || characters[end] == "に" || characters[end] == "へ" else {
            return nil
        }
        for index in (end + 1)..<min(limit, end + 7) {
            if "、。を".contains(characters[index]) { return nil }
            if characters[index] == "が" { return index + 1 }
            if let marker = marker(at: index, before: limit), marker != Array("って") { return index + marker.count }
        }
        return nil
    }
}
