/// One clause of a Japanese sentence. Ranges count characters of the transcript.
struct JapaneseClause: Sendable {
    /// With the cues in front and the ending behind.
    var whole: Range<Int>
    /// Without cues.
    var body: Range<Int>
    /// Without cues and without the connecting ending: what a box says.
    var core: Range<Int>
    var sentence: Int
    var cues: Set<JapaneseCue>
    var ending: Ending
    /// What stands before the first `は`.
    var topic: Range<Int>?
    /// What stands before the first particle: what the clause takes up.
    var lead: Range<Int>?
    /// What is said about the topic; the whole core without one.
    var predicate: Range<Int>

    /// How a clause hangs on to the next.
    enum Ending: Sendable {
        /// The sentence ends.
        case final
        /// `…して、`: and then.
        case joined
        /// `…すると`, `…たら`: what follows waits for this.
        case whenever
        /// `…れば`, `…の場合は`: what follows depends on this.
        case condition
        /// `…が、`, `…のに対して`.
        case contrast
    }

    /// Endings, the longest first, with how many characters of each a box leaves out.
    private static let endings: [(characters: [Character], ending: Ending, dropped: Int)] = {
        let rows: [(String, Ending, Int)] = [
            ("のに対して", .contrast, 5), ("のに対し", .contrast, 4), ("ものの", .contrast, 3), ("けれども", .contrast, 4),
            ("けれど", .contrast, 3), ("けど", .contrast, 2), ("ますが", .contrast, 1), ("せんが", .contrast, 1),
            ("ないが", .contrast, 1), ("ですが", .contrast, 1),
            ("たが", .contrast, 1), ("だが", .contrast, 1), ("いが", .contrast, 1), ("るが", .contrast, 1),
            ("場合には", .condition, 2), ("場合は", .condition, 1), ("場合", .condition, 0), ("なければ", .condition, 0),
            ("あれば", .condition, 0), ("ければ", .condition, 0), ("とき", .whenever, 0), ("だったら", .condition, 1),
            ("なら", .condition, 0), ("たところで", .whenever, 4),
            ("たら", .whenever, 1), ("だら", .whenever, 1), ("たあとに", .whenever, 3), ("た後に", .whenever, 2),
            ("た後で", .whenever, 2), ("たあと", .whenever, 2), ("た後", .whenever, 1), ("てから", .whenever, 2),
            ("でから", .whenever, 2), ("るとき", .whenever, 2), ("る時", .whenever, 1), ("ので", .joined, 2),
            ("ため", .joined, 0), ("から", .joined, 2), ("えば", .whenever, 0), ("けば", .whenever, 0),
            ("せば", .whenever, 0), ("てば", .whenever, 0), ("めば", .whenever, 0), ("れば", .whenever, 0),
            ("べば", .whenever, 0), ("げば", .whenever, 0), ("ると", .whenever, 1), ("すと", .whenever, 1),
            ("くと", .whenever, 1), ("むと", .whenever, 1), ("ぶと", .whenever, 1), ("つと", .whenever, 1),
            ("うと", .whenever, 1), ("ぐと", .whenever, 1), ("ないと", .whenever, 1),
        ]
        return rows.map { (Array($0.0), $0.1, $0.2) }.sorted { $0.characters.count > $1.characters.count }
    }()

    /// The connecting ending before `end`, if there is one.
    static func ending(in characters: [Character], from start: Int, before end: Int) -> (Ending, dropped: Int)? {
        for (phrase, ending, dropped) in endings where end - start > phrase.count {
            if characters[(end - phrase.count)..<end].elementsEqual(phrase) { return (ending, dropped) }
        }
        return nil
    }
}
