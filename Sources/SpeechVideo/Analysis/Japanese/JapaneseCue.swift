/// What the words in front of a clause say about its place among the others.
enum JapaneseCue: Hashable, Sendable {
    /// `まず`, `最初に`: a series starts.
    case first
    /// `次に`, `その後`: the next of a series.
    case next
    /// `最後に`: a series ends.
    case last
    /// `一方`, `それに対して`.
    case contrast
    /// `そうでなければ`.
    case otherwise
    /// `そして`, `また`: joins without saying how.
    case join

    private static let table: [(cue: JapaneseCue, words: String)] = [
        (.first, "まず最初に まず初めに まずは まず 最初に はじめに 初めに 第一に 最初は 始めに 手始めに"),
        (
            .next,
            """
            次に 続いて つづいて その後で その後に その後 そのあとで そのあと それから さらに 続いては 第二に 第三に 第四に すると \
            その結果 そのため これによって それによって これにより それにより ここで それが終わったら それができたら 次は やがて そこから こうして \
            それで そうすると そうなると それを受けて そのあとは その後は お次は 今度は その上で それが済んだら そのせいで
            """
        ),
        (.last, "最後に とうとう 最後は 終わりに 仕上げに 最終的に ついに 最終的には"),
        (
            .contrast,
            """
            一方で 一方 それに対して これに対して それに対し これに対し それに比べて これに比べて 反対に 逆に 対照的に しかし ところが
            """
        ),
        (.otherwise, "そうでなければ そうでない場合は そうでない場合 さもなければ それ以外のときは それ以外の場合は それ以外は"),
        (.join, "そして また なお つまり だから ですから ちなみに もちろん 例えば たとえば では さて ただし ですが でも けれども それでも それでは それでね で"),
    ]

    private static let phrases: [(characters: [Character], cue: JapaneseCue)] = table.flatMap { row in
        row.words.split(whereSeparator: \.isWhitespace).map { (Array($0), row.cue) }
    }.sorted { $0.characters.count > $1.characters.count }

    /// The cue that starts at `index`, the longest first, with the comma behind it.
    static func cue(in characters: [Character], at index: Int, before end: Int) -> (cue: JapaneseCue, length: Int)? {
        for (phrase, cue) in phrases where index + phrase.count < end {
            guard characters[index..<(index + phrase.count)].elementsEqual(phrase) else { continue }
            let follows = characters[index + phrase.count]
            let hasComma = "、，, ".contains(follows)
            // `では` and `でも` are particles, `また` a part of words, unless a comma or a noun follows.
            if phrase.count <= 2, !hasComma, JapaneseScript.isHiragana(follows) { continue }
            // `それでいい`, `それで満足`: and no consequence.
            if phrase == Array("それで"), !hasComma, "いもはすよねじ".contains(follows) { continue }
            if cue == .join, phrase.count <= 2, !hasComma, phrase != ["ま", "た"] { continue }
            return (cue, phrase.count + (hasComma ? 1 : 0))
        }
        return nil
    }
}
