/// A whole and its parts.
struct JapaneseTree: Sendable {
    let reader: JapaneseReader
    let tone: JapaneseTone

    /// What ends a listing, and how surely it says that a whole has parts.
    private static let markers: [(words: String, weight: Double)] = [
        ("で構成", 2.2), ("から構成", 2.2), ("から成り立", 2.2), ("で成り立", 2.0), ("から成", 2.2), ("からな", 2.0), ("からでき", 2.0),
        ("でできて", 1.6), ("に分かれ", 2.2), ("に分けられ", 2.2), ("に分けることができ", 2.2), ("に分類", 2.2), ("に大別", 2.2), ("に区分", 2.2),
        ("に分け", 1.4), ("が含まれ", 1.6), ("を含", 1.0), ("が属", 1.6), ("があります", 0.8), ("がある", 0.8), ("があり", 0.8),
        ("がいます", 0.6), ("が置かれ", 1.6), ("がぶら下が", 1.8), ("が連な", 1.0), ("に枝分かれ", 2.0), ("に整理", 1.6), ("を抱え", 0.8),
        ("となっており", 0.8), ("となってい", 0.8), ("に入って", 0.8), ("を置", 1.0), ("を設け", 1.0), ("で全体", 1.6), ("を束ね", 1.2),
        ("でまとま", 1.2),
        ("が並", 0.6), ("を備え", 0.8),
        ("を持", 0.5), ("です", 0.3),
    ]
    static let counters = [
        "つの", "種類", "つに", "つから", "つで", "部門", "部分", "階層", "層", "要素", "タイプ", "分野", "グループ", "本柱", "つがあ", "つです", "課", "つご",
        "系統", "棟", "館", "校", "局", "科", "型", "系", "群", "章", "部", "系列", "班", "柱", "ブロック",
        "つあ", "つ、", "つとな", "パート", "つを", "チーム", "大きな",
    ]
    static let numerals: Set<Character> = Set("23456789２３４５６７８９二三四五六七八九十")

    func draft() -> Draft? {
        var growth = Growth(reader: reader)
        for sentence in reader.sentences.indices where !reader.sentences[sentence].isQuestion {
            for split in splits(of: sentence) { growth.add(surer(split, after: sentence)) }
        }
        growth.joinOrphans(under: subject())
        let touched = Set(growth.edges.flatMap { [$0.from, $0.to] }).sorted()
        guard growth.edges.count >= 2, touched.count >= 3 else { return nil }
        var map: [Int: Int] = [:]
        for (position, index) in touched.enumerated() { map[index] = position }
        let kept = growth.edges.compactMap { edge in
            map[edge.from].flatMap { from in map[edge.to].map { Draft.Edge(from: from, to: $0) } }
        }
        return Draft(
            kind: .tree, score: Draft.confidence(growth.evidence - tone.penalty * 0.75, even: 1.7),
            nodes: touched.map { Draft.Node(quote: growth.nodes[$0].quote) }, edges: kept, direction: .topToBottom)
    }

    /// A plain list is one of parts where the speaker then goes through them: `筆は…。紙のほうは…。`
    private func surer(_ split: Split, after sentence: Int) -> Split {
        guard !split.isSure, split.items.count >= 2 else { return split }
        let later = reader.clauses.filter { $0.sentence > sentence }.compactMap { $0.topic.map(reader.string) }
        let takenUp = split.items.count { item in
            let name = reader.string(item)
            return later.contains { $0 == name || $0.hasPrefix(name + "の") }
        }
        guard takenUp >= 2, takenUp * 3 >= split.items.count * 2 else { return split }
        var split = split
        split.isSure = true
        split.weight += 1
        return split
    }

    /// What the scene is about: its first noun, for wholes that nobody named together.
    private func subject() -> Range<Int>? {
        guard let first = reader.sentences.first else { return nil }
        return JapaneseScript.nouns(in: reader.text, first.range).first { $0.count >= 2 }
    }

    /// A sentence says what one whole consists of, or with `…と…に分かれていて、` what several do.
    private func splits(of sentence: Int) -> [Split] {
        let range = reader.sentences[sentence].range
        let ordinals = ordinals(in: range)
        if !ordinals.isEmpty { return ordinals }
        let parts = reader.clauses.filter { $0.sentence == sentence }.compactMap { split(of: $0.whole, in: sentence) }
        let found = parts.count >= 2 ? parts : split(of: range, in: sentence).map { [$0] } ?? parts
        return found.map { split in
            var split = split
            split.whole = split.whole.map { named($0, before: sentence) }
            return split
        }
    }

    /// `一つ目は道具で、ライトとラジオです`: a part together with its own parts.
    private func ordinals(in range: Range<Int>) -> [Split] {
        let heads = enumerated(in: range)
        guard heads.count == 1, let head = heads.first else { return [] }
        var start = head.upperBound
        while start < range.upperBound, !"、，".contains(reader.text.characters[start]) { start += 1 }
        guard start + 1 < range.upperBound else { return [] }
        start += 1
        for opener in ["これは", "こちらは", "ここには"] where range.upperBound - start > opener.count {
            if reader.string(start..<(start + opener.count)) == opener { start += opener.count }
        }
        let listed = items(in: start..<range.upperBound)
        return listed.count >= 2 ? [Split(whole: head, items: listed, weight: 0.4, isSure: false)] : []
    }

    private func split(of range: Range<Int>, in sentence: Int) -> Split? {
        var best: Split?
        for (words, weight) in Self.markers {
            guard let marker = reader.position(of: words, in: range),
                let topic = topic(in: range.lowerBound..<marker.lowerBound)
            else { continue }
            let region = topic.rest..<marker.lowerBound
            let listed = items(in: region)
            let counted = count(in: region.lowerBound..<min(range.upperBound, marker.upperBound + 1))
            var split = Split(
                whole: topic.whole, items: listed, weight: weight + (counted != nil ? 1.2 : 0), isSure: true)
            if listed.count < 2, let counted {
                split.items = followers(after: sentence, count: counted)
                split.weight += split.items.count == counted ? 0.8 : 0
            }
            if split.items.count < 2, weight < 0.8 || listed.isEmpty { continue }
            if weight < 0.6, counted == nil { continue }
            if best.map({ $0.weight < split.weight && $0.items.count <= split.items.count || $0.items.count < 2 })
                ?? true
            {
                best = split
            }
        }
        return best ?? plainList(range, in: sentence)
    }

    /// `絵本は国内のものと外国のものです`, `弦の仲間に入るのが琴や三味線`: a topic and nothing but a list, or a number.
    private func plainList(_ range: Range<Int>, in sentence: Int) -> Split? {
        guard let topic = topic(in: range), topic.rest < range.upperBound else { return nil }
        var region = topic.rest..<range.upperBound
        // `課が三つありまして、警防課、予防課、総務課といいます`
        if let comma = region.first(where: { "、，".contains(reader.text.characters[$0]) }),
            let announced = count(in: region.lowerBound..<comma),
            reader.string(region.lowerBound..<comma).contains("あり")
                || reader.string(region.lowerBound..<comma).contains("いて")
        {
            let rest = items(in: comma + 1..<range.upperBound)
            if rest.count == announced { return Split(whole: topic.whole, items: rest, weight: 2.0, isSure: true) }
            region = comma + 1..<range.upperBound
        }
        let listed = items(in: region)
        if listed.count >= 2 {
            guard listed.allSatisfy({ $0.count <= 10 }) else { return nil }
            // `演出、技術、美術という三つのチームで`: as many as there are.
            if let counted = count(in: region), listed.count >= counted {
                return Split(whole: topic.whole, items: Array(listed.prefix(counted)), weight: 1.6, isSure: true)
            }
            let weight = topic.isInverse ? 1.0 : 0.4
            return Split(whole: topic.whole, items: listed, weight: weight, isSure: topic.isInverse)
        }
        guard let counted = count(in: region) else { return nil }
        let followers = followers(after: sentence, count: counted)
        guard followers.count == counted else { return nil }
        return Split(whole: topic.whole, items: followers, weight: 1.6, isSure: true)
    }

    /// What turns a list around: `これに入るのが…`.
    private static let inverses = [
        "に入るの", "に入っているの", "に属するの", "に含まれるの", "にあたるの", "に当たるの", "と呼ばれるの", "というの", "と言われるの", "の代表", "の例",
    ]
    private static let topicEndings =
        inverses + [
            "の下に", "のもとに", "の傘下に", "の中に", "の中身", "の内訳", "の構成", "の中", "のほうに", "のほう", "の方に", "の方", "の仲間に", "の仲間", "として",
            "のグループに", "のグループ", "の部門", "に", "で",
        ]

    /// The whole before `は`, `には`, `の下に`, `に入るのが`, and where the rest begins.
    private func topic(in range: Range<Int>) -> (whole: Range<Int>, rest: Int, isInverse: Bool)? {
        let characters = reader.text.characters
        var start = range.lowerBound
        while let cue = JapaneseCue.cue(in: characters, at: start, before: range.upperBound) { start += cue.length }
        for opener in ["そのうち", "このうち", "中でも"] where range.upperBound - start > opener.count {
            if reader.string(start..<(start + opener.count)) == opener { start += opener.count }
        }
        for index in (start..<range.upperBound).dropFirst().prefix(30) {
            let before = start..<index
            let isTopic = "はも".contains(characters[index]) && !endsInWord(index, range)
            let isUnder = ["の下に", "のもとに", "の傘下に"].contains { ends(before, with: $0) }
            let isInverse =
                "がは".contains(characters[index]) && Self.inverses.contains { ends(before, with: $0) }
            guard isTopic || isUnder || isInverse else { continue }
            var end = index
            while let ending = Self.topicEndings.first(where: { ends(start..<end, with: $0) }) { end -= ending.count }
            let comma = (start..<end).last { "、，。".contains(characters[$0]) }
            let whole = (comma.map { $0 + 1 } ?? start)..<end
            guard !whole.isEmpty, whole.count <= 18 else { return nil }
            var rest = isTopic || isInverse ? index + 1 : index
            for filler in ["というと", "といいますと", "ですね", "、", "，"] where range.upperBound - rest > filler.count {
                if reader.string(rest..<(rest + filler.count)) == filler { rest += filler.count }
            }
            return (whole, rest, isInverse)
        }
        return nil
    }

    /// `はじめ`, `もの`, `はん` hold no particle.
    private func endsInWord(_ index: Int, _ range: Range<Int>) -> Bool {
        guard index + 1 < range.upperBound else { return true }
        let pair = reader.string(index..<(index + 2))
        return ["はじ", "もの", "もち", "もう", "もと", "もら", "もし"].contains(pair)
    }

    private func ends(_ range: Range<Int>, with phrase: String) -> Bool {
        range.count > phrase.count
            && reader.text.characters[(range.upperBound - phrase.count)..<range.upperBound].elementsEqual(phrase)
    }

    /// `それは`: what the sentence before was about.
    private func named(_ whole: Range<Int>, before sentence: Int) -> Range<Int> {
        guard ["それ", "これ", "それら", "これら", "ここ"].contains(reader.string(whole)), sentence > 0 else { return whole }
        let range = reader.sentences[sentence - 1].range
        for marker in ["と呼ば", "といい", "と言い"] {
            guard let found = reader.position(of: marker, in: range) else { continue }
            if let noun = JapaneseScript.nouns(in: reader.text, range.lowerBound..<found.lowerBound).last {
                return noun
            }
        }
        return reader.clauses.first { $0.sentence == sentence - 1 }?.topic ?? whole
    }

    /// `三つの`, `四種類`: how many parts are announced.
    private func count(in range: Range<Int>) -> Int? {
        for index in range.dropLast() where Self.numerals.contains(reader.text.characters[index]) {
            let rest = reader.string(index + 1..<min(range.upperBound, index + 5))
            guard Self.counters.contains(where: rest.hasPrefix) else { continue }
            let character = reader.text.characters[index]
            let kanji = Array("〇一二三四五六七八九十")
            return kanji.firstIndex(of: character) ?? character.wholeNumberValue
        }
        return nil
    }
}
