/// What the words in front of a clause say about its place among the others.
enum EnglishCue: Hashable, Sendable {
    /// `first`, `to begin with`: a series starts.
    case first
    /// `then`, `after that`: the next of a series.
    case next
    /// `finally`, `the last step is to`: a series ends.
    case last
    /// `if`, `in case`.
    case condition
    /// `if not`, `otherwise`.
    case otherwise
    /// `when`, `once`, `after`: what follows waits for this.
    case whenever
    /// `whereas`, `on the other hand`.
    case contrast

    private static let phrases: [([String], EnglishCue)] = {
        let table: [(EnglishCue, String)] = [
            (
                .first,
                "first|firstly|first of all|first off|to start|to start with|to begin with|to begin|at first|"
                    + "in the beginning|initially|at the start|at the beginning|step one|number one|for starters|"
                    + "start by|begin by|it starts with|it begins with|starts with|everything starts with|"
                    + "it all starts with|"
                    + "it all begins with|it all starts when|it all begins when|begins with|it started with|"
                    + "it all started with"
            ),
            (
                .next,
                "next|then|and then|after that|after this|afterwards|afterward|second|secondly|third|thirdly|fourth|"
                    + "fourthly|fifth|next up|subsequently|later|later on|from there|from here|"
                    + "following that|following this|"
                    + "now|once that is done|once that's done|when that is done|when that's done|"
                    + "in the next step|step two|"
                    + "step three|step four|step five|number two|number three|at that point|at this point|in turn|"
                    + "as a result|consequently|therefore|this way|that way|thereby|by then|followed by|with that done|"
                    + "as a consequence|because of that|because of this|in response|eventually|soon|next comes|"
                    + "once that's out of the way|when that's finished|when it's done|once it's done|"
                    + "with that out of the way|"
                    + "after which|at which point|a bit later|the next thing|the next day|the day after|"
                    + "the next morning|"
                    + "right after that|straight after that|from that point|before long|in no time|meanwhile that|"
                    + "only then|only after that|off the back of that|on top of that"
            ),
            (
                .last,
                "finally|lastly|last of all|at last|in the end|at the end|last|to finish|to finish up|to wrap up|"
                    + "in the final step|in the last step|ultimately|last but not least|and that's it|at the very end|"
                    + "at the end of it all|the very last thing|to top it off"
            ),
            (
                .otherwise,
                "otherwise|if not|or else|else|failing that|if it isn't|if it is not|if it doesn't|if it does not|"
                    + "if there isn't|if there is not|if that fails|if it fails|if they don't|if they aren't"
            ),
            (.condition, "if|in case|should|provided that|assuming|as long as|unless|in the event that|whether"),
            (
                .whenever,
                "when|whenever|once|as soon as|after|before|as|while|since|because|by the time|until|given that"
            ),
            (
                .contrast,
                "whereas|while|on the other hand|by contrast|in contrast|conversely|on the contrary|unlike|"
                    + "meanwhile|however|instead|although|though|compared to|compared with|on the one hand|"
                    + "in comparison"
            ),
        ]
        return table.flatMap { cue, text in
            text.split(separator: "|").map { ($0.split(separator: " ").map(String.init), cue) }
        }.sorted { $0.0.count > $1.0.count }
    }()

    private static let byFirstWord: [String: [([String], EnglishCue)]] = Dictionary(grouping: phrases) { $0.0[0] }

    /// The cue phrase that starts at `index`, the longest first.
    static func cue(in tokens: [EnglishToken], at index: Int, before end: Int) -> (cue: EnglishCue, length: Int)? {
        guard index < end else { return nil }
        if let length = stepPhrase(in: tokens, at: index, before: end) {
            let cue: EnglishCue =
                switch tokens[index + 1].word {
                case "first": .first
                case "last", "final": .last
                default: .next
                }
            return (cue, length)
        }
        for (phrase, cue) in byFirstWord[tokens[index].word] ?? [] where index + phrase.count <= end {
            var isMatch = true
            for (offset, word) in phrase.enumerated() where tokens[index + offset].word != word { isMatch = false }
            if isMatch { return (cue, phrase.count) }
        }
        return nil
    }

    private static let series: Set<String> = [
        "first", "second", "third", "fourth", "fifth", "next", "last", "final", "following", "only", "initial",
    ]
    private static let stepNouns: Set<String> = ["step", "thing", "stage", "phase", "task", "part", "job"]

    /// `the next step is to`, `the last thing you do is`.
    private static func stepPhrase(in tokens: [EnglishToken], at index: Int, before end: Int) -> Int? {
        guard ["the", "our", "your"].contains(tokens[index].word), index + 3 < end,
            series.contains(tokens[index + 1].word), stepNouns.contains(tokens[index + 2].word)
        else { return nil }
        var position = index + 3
        while position < min(end, index + 9) {
            if ["is", "was"].contains(tokens[position].word) {
                position += 1
                if position < end, tokens[position].word == "to" { position += 1 }
                return position < end ? position - index : nil
            }
            position += 1
        }
        return nil
    }
}
