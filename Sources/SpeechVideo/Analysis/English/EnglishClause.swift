/// One clause: who does what. Ranges count tokens of the scene.
struct EnglishClause: Sendable {
    /// Without cues and fillers in front.
    var tokens: Range<Int>
    /// Including them.
    var whole: Range<Int>
    var sentence: Int
    var cues: Set<EnglishCue> = []
    var subject: Range<Int>
    var verb: Range<Int>
    var object: Range<Int>
    var tense: Tense
    var isPassive = false
    /// `which …`, `where …`: says more about the clause before.
    var isRelative = false
    /// The `if` or `when` part in front, without its marker.
    var condition: Range<Int>?
    var conditionCue: EnglishCue?

    enum Tense: Sendable { case imperative, present, past, none }

    var hasVerb: Bool { !verb.isEmpty }
}

/// Where the verb of a clause stands.
struct EnglishPredicate: Sendable {
    var verb: Range<Int>
    var isPassive: Bool
    var tense: EnglishClause.Tense

    /// Finds the first verb of `range` that can be the predicate.
    init?(in tokens: [EnglishToken], _ range: Range<Int>) {
        for index in range {
            if let predicate = EnglishPredicate(in: tokens, at: index, of: range) {
                self = predicate
                return
            }
        }
        guard let guess = Self.guess(in: tokens, range) else { return nil }
        self = guess
    }

    private init(verb: Range<Int>, isPassive: Bool, tense: EnglishClause.Tense) {
        self.verb = verb
        self.isPassive = isPassive
        self.tense = tense
    }

    private init?(in tokens: [EnglishToken], at index: Int, of range: Range<Int>) {
        let word = tokens[index].word
        if EnglishWords.auxiliaries.contains(word) {
            if index > range.lowerBound, tokens[index - 1].word == "to" { return nil }
            // `a can is melted`, `the will`: a noun.
            if ["can", "will", "might", "must"].contains(word), index > range.lowerBound,
                ["a", "the", "one", "each"].contains(tokens[index - 1].word)
            {
                return nil
            }
            if word == "do", index == range.lowerBound {
                self.init(verb: index..<(index + 1), isPassive: false, tense: .imperative)
                return
            }
            self = Self.group(in: tokens, from: index, of: range)
            return
        }
        let forms = tokens[index].forms
        guard !forms.isEmpty, forms != .gerund else { return nil }
        if index == range.lowerBound {
            // `filter coffee drips slowly`: the verb follows its noun.
            if index + 2 < range.upperBound, tokens[index + 2].forms.contains(.third), tokens[index + 1].forms.isEmpty,
                !EnglishWords.stop.contains(tokens[index + 1].word), !tokens[index + 1].followedByComma
            {
                return nil
            }
            // `filter coffee is milder`: so it does before a form of `be`.
            if index + 2 < range.upperBound, ["is", "are", "was", "has", "can"].contains(tokens[index + 2].word),
                !EnglishWords.stop.contains(tokens[index + 1].word), !tokens[index + 1].followedByComma
            {
                return nil
            }
            guard forms.contains(.base), !Self.isVerbAfterNoun(in: tokens, at: index + 1, of: range) else { return nil }
            self.init(verb: index..<(index + 1), isPassive: false, tense: .imperative)
            return
        }
        var before = index - 1
        while before > range.lowerBound, EnglishWords.adverbs.contains(tokens[before].word) { before -= 1 }
        let previous = tokens[before].word
        let relative: Set<String> = ["that", "which", "who"]
        if !relative.contains(previous) {
            if EnglishWords.backPronouns.contains(previous) || EnglishWords.subjectPronouns.contains(previous) {
                // A pronoun can be a subject.
            } else if EnglishWords.determiners.contains(previous) || EnglishWords.prepositions.contains(previous)
                || EnglishWords.conjunctions.contains(previous) || EnglishWords.numbers[previous] != nil
            {
                return nil
            }
        }
        if forms.contains(.third), !["this", "these", "those"].contains(previous) || index + 1 < range.upperBound {
            if Self.isNounCompound(in: tokens, at: index, of: range) { return nil }
            self.init(verb: index..<(index + 1), isPassive: false, tense: .present)
        } else if forms.contains(.base), Self.isPlural(previous) {
            if Self.isVerbAfterNoun(in: tokens, at: index + 1, of: range) { return nil }
            let isAmbiguousPast = forms.contains(.past) && ["he", "she", "i"].contains(previous)
            self.init(verb: index..<(index + 1), isPassive: false, tense: isAmbiguousPast ? .past : .present)
        } else if forms.contains(.past) {
            self.init(verb: index..<(index + 1), isPassive: false, tense: .past)
        } else if forms.contains(.base), ["i", "you", "we", "they"].contains(previous) {
            self.init(verb: index..<(index + 1), isPassive: false, tense: .present)
        } else {
            return nil
        }
    }

    /// An auxiliary and what belongs to it: `is then converted`, `can be stored`.
    private static func group(in tokens: [EnglishToken], from start: Int, of range: Range<Int>) -> EnglishPredicate {
        var end = start + 1
        var hasBe = EnglishWords.beForms.contains(tokens[start].word)
        let isPast = EnglishWords.pastAuxiliaries.contains(tokens[start].word)
        var isPassive = false
        while end < range.upperBound {
            let word = tokens[end].word
            if EnglishWords.adverbs.contains(word) || EnglishWords.auxiliaries.contains(word) {
                if EnglishWords.beForms.contains(word) { hasBe = true }
                end += 1
                continue
            }
            let forms = tokens[end].forms
            if forms.contains(.participle) || (forms.isEmpty && word.hasSuffix("ed") && word.count > 4), hasBe {
                isPassive = true
                end += 1
            } else if forms.contains(.gerund) && hasBe {
                end += 1
            } else if !forms.isEmpty, !hasBe, tokens[start].word != "has", tokens[start].word != "have" {
                end += 1
            } else if forms.contains(.participle), !hasBe, end == start + 1 {
                end += 1
            }
            break
        }
        return EnglishPredicate(verb: start..<end, isPassive: isPassive, tense: isPast ? .past : .present)
    }

    /// `orders` in `customer orders arrive` is no verb: a clear verb follows directly.
    private static func isNounCompound(in tokens: [EnglishToken], at index: Int, of range: Range<Int>) -> Bool {
        guard index + 1 < range.upperBound else { return false }
        let next = tokens[index + 1].word
        // `solid state drives cost more`: the verb is the second one.
        if tokens[index + 1].forms.contains(.base), index + 2 < range.upperBound,
            ["more", "less", "a", "the", "about", "only", "fewer"].contains(tokens[index + 2].word)
        {
            return true
        }
        return ["is", "are", "was", "were", "has", "have", "can", "will", "must", "should"].contains(next)
    }

    /// Whether the word is a verb whose subject is the word before it.
    private static func isVerbAfterNoun(in tokens: [EnglishToken], at index: Int, of range: Range<Int>) -> Bool {
        guard index < range.upperBound else { return false }
        let word = tokens[index].word
        if EnglishWords.auxiliaries.contains(word) { return true }
        return tokens[index].forms.contains(.third) && !tokens[index].forms.contains(.base)
            && index + 1 < range.upperBound && !EnglishWords.conjunctions.contains(tokens[index + 1].word)
    }

    private static func isPlural(_ word: String) -> Bool {
        if [
            "i", "you", "we", "they", "people", "children", "men", "women", "who", "which", "that", "these", "those",
            "everyone", "cells", "bacteria", "data", "fish", "sheep", "police", "staff",
        ].contains(word) {
            return true
        }
        return word.hasSuffix("s") && !word.hasSuffix("ss") && word.count > 3
    }

    /// A verb outside the table: known by its ending and by what follows.
    private static func guess(in tokens: [EnglishToken], _ range: Range<Int>) -> EnglishPredicate? {
        for index in range.dropFirst() {
            let word = tokens[index].word
            let previous = tokens[index - 1].word
            guard tokens[index].forms.isEmpty, !tokens[index - 1].followedByComma,
                !EnglishWords.determiners.contains(previous) || EnglishWords.backPronouns.contains(previous),
                !EnglishWords.prepositions.contains(previous), !EnglishWords.stop.contains(word),
                !EnglishWords.conjunctions.contains(previous)
            else { continue }
            if word.hasSuffix("ed"), word.count > 4 {
                return EnglishPredicate(verb: index..<(index + 1), isPassive: false, tense: .past)
            }
            if word.hasSuffix("s"), !word.hasSuffix("ss"), word.count > 4, index + 1 < range.upperBound,
                !previous.hasSuffix("s"), index - range.lowerBound < 5,
                EnglishWords.determiners.contains(tokens[index + 1].word)
                    || ["into", "to", "from", "with", "through"].contains(tokens[index + 1].word)
            {
                return EnglishPredicate(verb: index..<(index + 1), isPassive: false, tense: .present)
            }
        }
        return nil
    }
}
