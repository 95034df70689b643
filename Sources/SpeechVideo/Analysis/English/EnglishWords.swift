/// Closed classes of English words.
enum EnglishWords {
    static let determiners: Set<String> = words(
        """
        the a an this that these those my your his her its our their each every some any no both another either \
        neither several many few most more less such what whose
        """)
    static let articles: Set<String> = words(
        "the a an this that these those its their your our each every some my his her")
    static let subjectPronouns: Set<String> = words(
        "i you he she it we they one everyone everybody someone nobody people")
    static let backPronouns: Set<String> = words("it this that these they which those them")
    static let prepositions: Set<String> = words(
        """
        of in on at by for with from to into onto through over under after before during until till between among \
        about against across along around behind beneath below above beyond without within as like than per via off \
        out up down inside outside toward towards upon near since because that which who where when while if so \
        although \
        whereas unless
        """)
    static let forms: Set<String> = words("am is are was were be been being 's 're 'm")
    static let auxiliaries: Set<String> = words(
        """
        am is are was were be been being has have had do does did will would can could shall should may might must \
        gets get got getting can't won't don't doesn't didn't isn't aren't wasn't weren't cannot it's that's they're \
        we're you're he's she's there's i'm we'll you'll they'll it'll you'd we'd they'd i'd he'd she'd it'd i'll \
        he'll \
        she'll couldn't wouldn't shouldn't hasn't haven't hadn't mustn't you've we've i've they've who's what's
        """)
    static let contractions: Set<String> = words(
        """
        it's that's they're we're you're he's she's i'm we'll you'll they'll it'll you'd we'd they'd i'd he'd she'd \
        it'd \
        i'll he'll she'll you've we've i've they've
        """)
    static let beForms: Set<String> = words(
        "am is are was were be been being gets get got getting it's they're that's isn't aren't wasn't weren't")
    static let pastAuxiliaries: Set<String> = words(
        "was were had did didn't wasn't weren't could would you'd we'd they'd i'd he'd "
            + "she'd it'd couldn't wouldn't hadn't"
    )
    static let modals: Set<String> = words("will would can could shall should may might must can't won't cannot")
    static let fillers: Set<String> = words(
        """
        so well okay ok um uh er ah oh hmm now basically actually right you-know alright anyway just simply really \
        usually typically normally generally often sometimes always also again finally even simply of-course only there
        """)
    static let conjunctions: Set<String> = words("and but or so then yet plus nor")
    /// Words no label ends with.
    static let weakEndings: Set<String> = words(
        """
        the a an this that these those and or but so of to in on at by for with from into as than then is are was \
        were be which who where when while if because until its their your our my his her each every some very \
        it only about between through over under after before per not
        """)
    /// Adverbs that stand between subject and verb.
    static let adverbs: Set<String> = words(
        """
        then also now usually often always never sometimes finally eventually soon first next still already just only \
        gradually slowly quickly immediately simply normally typically automatically directly not again thereby \
        therefore all both either itself themselves in-turn once
        """)
    static let ordinals: [String] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"]
    static let numbers: [String: Int] = [
        "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
        "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "7": 7, "8": 8, "9": 9, "10": 10, "several": 3, "multiple": 3,
    ]
    static let opinions: Set<String> = words(
        """
        think believe feel felt love hate hope wish thank thanks sorry honestly guess maybe wonder afraid dream \
        promise \
        proud happy sad wow lovely wonderful terrible beautiful glad miss congratulations please hello hi hey goodbye \
        dear remember imagine god liberty freedom nation justice truth heart myself
        """)
    static let stop: Set<String> = determiners.union(prepositions).union(auxiliaries).union(conjunctions)
        .union(subjectPronouns).union(backPronouns).union(fillers).union(weakEndings).union(adverbs).union(opinions)
        .union(
            words(
                """
                there here first second third last next finally then who whom me us him them mine yours very much lot \
                thing \
                things kind sort way bit going gonna let's lets let make makes made go goes went got gets take takes \
                come comes \
                other same different new good great well today later when how why not yes don't hmm back put use used
                """))

    static func words(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
