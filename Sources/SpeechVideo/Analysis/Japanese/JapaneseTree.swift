/// A whole and its parts.
struct JapaneseTree: Sendable {
    let reader: JapaneseReader
    let tone: JapaneseTone

    /// What ends a listing, and how surely it says that a whole has parts.
    private static let markers: [(words: String, weight: Double)] = [
        ("で構成", 2.2), ("から構成", 2.2), ("から成り立", 2.2), ("で成り立", 2.0), ("から成", 2.2), ("からな", 2.0), ("からでき", 2.0),
        ("でできて", 1.6), ("に分かれ", 2.2), ("に分けられ", 2.2), ("に分けることができ", 2.2), ("に分類", 2.2), ("に大別", 2.2), ("に区分", 2.2),
        ("に分け", 1.4), ("が含まれ", 1.6), ("を含", 1.0), ("が属", 1.6), ("があります", 0.8), ("がある", 0.8), ("があり", 0.8),
        ("がいます", 0.6), ("を備え", 0.8), ("を持", 0.5), ("です", 0.3),
    ]
    private static let counters = [
        "つの", "種類", "つに", "つから", "つで", "部門", "部分", "階層", "層", "要素", "タイプ", "分野", "グループ", "本柱", "つがあ", "つです", "課",
    ]
    private static let numerals: Set<Character> = Set("23456789２３４５６７８９二三四五六七八九十")

    private struct Node {
        var quote: Range<Int>
        var name: String
    }

    private struct Split {
        var whole: Range<Int>?
        var items: [Range<Int>]
        var weight: Double
    }

    func draft() -> Draft? {
        var nodes: [Node] = []
        var edges: [Draft.Edge] = []
        var evidence = 0.0
        func node(_ range: Range<Int>) -> Int? {
            guard let quote = reader.label(range), quote.count <= 20 else { return nil }
            let name = reader.string(quote)
            if let found = nodes.firstIndex(where: {
                $0.name == name || $0.name.hasSuffix("の" + name) || name.hasSuffix("の" + $0.name)
            }) {
                return found
            }
            guard nodes.count < Draft.mostNodes else { return nil }
            nodes.append(Node(quote: quote, name: name))
            return nodes.count - 1
        }
        for sentence in reader.sentences.indices where !reader.sentences[sentence].isQuestion {
            guard let split = split(of: sentence), split.items.count >= (nodes.isEmpty ? 2 : 1) else { continue }
            guard let whole = split.whole.map({ named($0, before: sentence) }).flatMap(node) else { continue }
            let isKnown = edges.contains { $0.to == whole || $0.from == whole }
            if !edges.isEmpty, !isKnown { continue }
            var added = 0
            for item in split.items {
                guard let child = node(item), child != whole,
                    !edges.contains(where: { $0.to == child || $0.from == child })
                else { continue }
                edges.append(.init(from: whole, to: child))
                added += 1
            }
            if added >= 2 {
                evidence += split.weight + 0.35 * Double(min(added, 4))
            } else if added == 1 {
                evidence += 0.2
            }
        }
        let touched = Set(edges.flatMap { [$0.from, $0.to] }).sorted()
        guard edges.count >= 2, touched.count >= 3 else { return nil }
        var map: [Int: Int] = [:]
        for (position, index) in touched.enumerated() { map[index] = position }
        let kept = edges.compactMap { edge in
            map[edge.from].flatMap { from in map[edge.to].map { Draft.Edge(from: from, to: $0) } }
        }
        return Draft(
            kind: .tree, score: Draft.confidence(evidence - tone.penalty * 0.75, even: 1.7),
            nodes: touched.map { Draft.Node(quote: nodes[$0].quote) }, edges: kept, direction: .topToBottom)
    }

    private func split(of sentence: Int) -> Split? {
        let range = reader.sentences[sentence].range
        var best: Split?
        for (words, weight) in Self.markers {
            guard let marker = reader.position(of: words, in: range),
                let topic = topic(in: range.lowerBound..<marker.lowerBound)
            else { continue }
            let region = topic.rest..<marker.lowerBound
            let listed = items(in: region)
            let counted = count(in: region.lowerBound..<min(range.upperBound, marker.upperBound + 1))
            var split = Split(whole: topic.whole, items: listed, weight: weight + (counted != nil ? 1.2 : 0))
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
        return best
    }

    /// The whole before `は`, `には`, `の下には`, and where the rest begins.
    private func topic(in range: Range<Int>) -> (whole: Range<Int>, rest: Int)? {
        var start = range.lowerBound
        while let cue = JapaneseCue.cue(in: reader.text.characters, at: start, before: range.upperBound) {
            start += cue.length
        }
        for index in (start..<range.upperBound).dropFirst().prefix(24)
        where "はも".contains(reader.text.characters[index]) {
            var end = index
            for ending in ["の下に", "の中に", "の体", "に", "で"] {
                let tail = Array(ending)
                if end - start > tail.count, reader.text.characters[(end - tail.count)..<end].elementsEqual(tail) {
                    end -= ending == "の体" ? 0 : tail.count
                    break
                }
            }
            let whole = start..<end
            guard !whole.contains(where: { "、，。".contains(reader.text.characters[$0]) }), whole.count <= 18 else {
                return nil
            }
            var rest = index + 1
            if rest < range.upperBound, "、，".contains(reader.text.characters[rest]) { rest += 1 }
            return (whole, rest)
        }
        return nil
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

    /// `A、B、そしてC`, `AとB` as phrases.
    private func items(in range: Range<Int>) -> [Range<Int>] {
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
            guard isSeparator else { continue }
            close(index)
            start = index + 1
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

    private static let openers = ["そして", "それから", "および", "及び", "または", "さらに", "大きく分けて", "大きく", "主に", "次の", "以下の", "もう一つ"]
    private static let closers = ["などの", "など", "といった", "という", "である", "です", "からなる", "があ", "がい", "を担", "が含"]

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
        for index in (start..<max(start, end)).dropFirst() {
            let isCount =
                reader.text.characters[index] == "の" && index + 1 < end
                && Self.numerals.contains(reader.text.characters[index + 1])
            if isCount || "をがはに".contains(reader.text.characters[index]) {
                end = index
                break
            }
        }
        guard end > start, end - start <= 14, reader.label(start..<end) != nil else { return nil }
        let said = reader.string(start..<end)
        let isCountOnly =
            Self.numerals.contains(reader.text.characters[start])
            && Self.counters.contains { said.dropFirst().hasPrefix($0) }
        guard !isCountOnly, !said.hasSuffix("て"), !said.contains("ます"), !said.hasSuffix("た"), !said.hasSuffix("く")
        else { return nil }
        return start..<end
    }

    /// What the sentences after `sentence` name one by one: a list, or `一つ目は…`.
    private func followers(after sentence: Int, count: Int) -> [Range<Int>] {
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
    private func enumerated(in range: Range<Int>) -> [Range<Int>] {
        var items: [Range<Int>] = []
        var start = range.lowerBound
        let marks = ["つ目は", "番目は", "つ目が", "番目が", "第一は", "第二は", "第三は", "一つは", "もう一つは", "最後は"]
        while start < range.upperBound {
            guard
                let mark = marks.compactMap({ reader.position(of: $0, in: start..<range.upperBound) })
                    .min(by: { ($0.lowerBound, $1.upperBound) < ($1.lowerBound, $0.upperBound) })
            else { break }
            let limit =
                (mark.upperBound..<range.upperBound).first { "、，。".contains(reader.text.characters[$0]) }
                ?? range.upperBound
            var end = limit
            for closer in ["です", "で"] where end - mark.upperBound > closer.count {
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
