/// Which forms of a verb an English word can be.
struct VerbForm: OptionSet, Sendable {
    let rawValue: Int
    static let base: VerbForm = .init(rawValue: 1)
    static let third: VerbForm = .init(rawValue: 2)
    static let past: VerbForm = .init(rawValue: 4)
    static let participle: VerbForm = .init(rawValue: 8)
    static let gerund: VerbForm = .init(rawValue: 16)
}

/// The verbs people explain things with, in all their forms.
enum EnglishVerbs {
    static func forms(of word: String) -> VerbForm { table[word] ?? [] }

    private static let regular = """
        absorb accept access achieve acquire act activate adapt add adjust adopt agree aim align allow alter analyze \
        announce answer appear apply approach approve arrange arrive ask assemble assess assign assist attach attract \
        authorize bake balance bank base batch beat become belong bill blend block board boil book boost bottle \
        branch breathe \
        brew bring brown brush buffer bury button cache calculate call capture carry carve cause change charge check \
        chew \
        chill chop circulate claim classify clean clear climb close collect combine commit compare compile complete \
        compress compute concentrate condense configure confirm connect consider consist consume contact contain \
        continue \
        contract contribute control convert cook cool copy correct cost count cover crack create crop cross crush cure \
        cycle deal debate decay decide declare decline decompose decorate decrease defeat define delete deliver demand \
        depend deploy deposit describe design destroy detect determine develop dice die differ digest dip direct \
        discover discuss dismantle display dissolve distribute dive divide document double download drain drip drop \
        dry \
        dump dye earn edit eject elect email embed emerge emit employ empty enable encode encourage end enjoy enroll \
        ensure \
        enter equip erode erupt escape establish evaluate evaporate examine exchange excrete execute exhale exist \
        expand \
        expect expel expire explain explode export express extend extract face fail fasten feature fell ferment \
        fertilize \
        fetch file fill filter finance finish fire fit fix flatten flip float flood flow flush fold follow force forge \
        form format forward found freeze fry fuel fund garnish gather generate germinate glaze glue grade grate grease \
        greet grill grind group guide halve hand handle happen harden harvest hatch head heat help hire hover identify \
        ignite implement import improve include increase incubate infect inflate inform inhale inject insert inspect \
        install integrate interview introduce invent invest invite invoice involve iron issue join judge jump knead \
        knock \
        label land last launch lay layer lead learn level lift light like limit link list listen live load lock log \
        look \
        loop lower machine mail maintain manage manufacture map marinate mark market mash match mature measure melt \
        merge migrate mill mine mix model modify monitor mount move multiply name narrow need negotiate notice notify \
        observe obtain occur offer open operate order organize own oxidize pack package paint park parse pass paste \
        patch pay peel perform persist photograph pick pile place plan plant plate play plug polish pollinate pool \
        post \
        pour power practice prepare present preserve press prevent print process procure produce program promote \
        propose \
        protect prove provide prune publish pull pulverize pump purchase purify push query queue raise rank reach \
        react read receive \
        recognize record recover recruit recycle redesign reduce refine reflect refresh register regulate reheat \
        reject \
        relate relax release remain remind remove render renew rent repair repeat replace replenish reply report \
        represent request \
        require research reset resolve respond rest click loosen sow pair compute breathe circulate brew harvest plow \
        fold loan trap shrink restart restore result retire retrieve return reuse review revise \
        reward rinse ripen roast roll rotate route sample save scan schedule scoop score screen scrub seal search \
        season \
        secure select send separate serve settle shape share ship shop shred shrink sieve sift sign signal simmer \
        simplify \
        sink skip slice slide slow smash smooth snap soak soften solidify solve sort sow spawn specify spill spin \
        split \
        spray spread sprinkle sprout squeeze stabilize stack staff stage stain stamp start stay steam steep step stick \
        stir stop store strain strengthen stretch strike strip study submit subtract succeed suck suggest supply \
        support \
        surround survive switch synthesize tackle talk tap target taste tend test thaw thicken thin tie tighten tilt \
        toast \
        top touch trace track trade train transfer transform translate transmit transport travel treat trigger trim \
        turn \
        twist type uncover undergo unfold unite unload unlock unpack update upgrade upload use validate vaporize vary \
        verify visit vote wait walk want warm warn wash waste watch water weigh welcome whip whisk widen win wipe work \
        wrap yield zip adjourn depart premiere resign assemble rehearse migrate reopen rebuild relaunch hibernate \
        reproduce nourish replicate transcribe differentiate decant distill crystallize pasteurize shell toss drizzle \
        layer hang divert descend ascend orbit stage recoil spark ionize reabsorb oversee supervise comprise cease \
        rain \
        practise motivate praise earn disappear vanish spill seep leak drift wriggle scrub overflow rot rust bloom \
        wilt wither spoil silt swell shrink \
        collapse crumble tumble topple trickle gush plunge soar dwindle surface fade linger argue bargain haggle \
        donate \
        volunteer sack quit promote grab snatch haul drag tow ferry winch hoist shelve wrap chuck shred bale poach \
        sift \
        thresh plough rake hoe compost sew stitch knit solder weld varnish swap chase bother dial phone pester \
        scribble \
        jot tick flag ping nudge confirm refund reimburse authorise organise recognise analyse realise finalise book \
        rehearse shoot pitch hire license brief sketch draft annotate proofread typeset bind archive catalogue \
        overspend \
        borrow default owe repay withdraw withhold bounce reopen expire lapse renew avoid worry dread panic calm \
        soothe \
        cry shout whisper bark bite peck graze roam nest mate spawn migrate moult burrow flee swarm weaken worsen \
        deepen lessen ease escalate intensify resume restart crash jam stall overheat explode burst snap crack \
        splinter \
        wear tear bury dig dent bump skid swerve queue wander stroll commute park unload restock reorder \
        appoint elect chair preside advise coach mentor answer supply employ span straddle belong comprise sort \
        soak wring hang peg iron fold rinse spin lather lift tilt nudge rotate flip tap twist squeeze scrape chip \
        carve \
        orchestrate provision authenticate redirect encrypt decrypt serialize subscribe acknowledge retry escalate \
        onboard
        """

    private static let irregular = """
        be am is are was were been being|become becomes became become becoming|begin begins began begun beginning|\
        bend bends bent bent bending|bind binds bound bound binding|bite bites bit bitten biting|\
        blow blows blew blown blowing|break breaks broke broken breaking|bring brings brought brought bringing|\
        build builds built built building|burn burns burned burnt burning|buy buys bought bought buying|\
        catch catches caught caught catching|choose chooses chose chosen choosing|come comes came come coming|\
        cut cuts cut cut cutting|deal deals dealt dealt dealing|dig digs dug dug digging|do does did done doing|\
        draw draws drew drawn drawing|drink drinks drank drunk drinking|drive drives drove driven driving|\
        eat eats ate eaten eating|fall falls fell fallen falling|feed feeds fed fed feeding|\
        feel feels felt felt feeling|find finds found found finding|fly flies flew flown flying|\
        freeze freezes froze frozen freezing|get gets got gotten getting|give gives gave given giving|\
        go goes went gone going|grind grinds ground ground grinding|grow grows grew grown growing|\
        hang hangs hung hung hanging|have has had had having|hear hears heard heard hearing|\
        hit hits hit hit hitting|hold holds held held holding|keep keeps kept kept keeping|\
        know knows knew known knowing|lay lays laid laid laying|lead leads led led leading|\
        leave leaves left left leaving|let lets let let letting|lie lies lay lain lying|\
        lose loses lost lost losing|make makes made made making|mean means meant meant meaning|\
        meet meets met met meeting|overcome overcomes overcame overcome overcoming|pay pays paid paid paying|put puts \
        put put putting|\
        read reads read read reading|ride rides rode ridden riding|rise rises rose risen rising|\
        run runs ran run running|say says said said saying|see sees saw seen seeing|sell sells sold sold selling|\
        send sends sent sent sending|set sets set set setting|shake shakes shook shaken shaking|\
        shoot shoots shot shot shooting|show shows showed shown showing|shut shuts shut shut shutting|\
        sing sings sang sung singing|sink sinks sank sunk sinking|sit sits sat sat sitting|\
        sleep sleeps slept slept sleeping|speak speaks spoke spoken speaking|spend spends spent spent spending|\
        spin spins spun spun spinning|spread spreads spread spread spreading|stand stands stood stood standing|\
        stick sticks stuck stuck sticking|strike strikes struck struck striking|sweep sweeps swept swept sweeping|\
        swim swims swam swum swimming|take takes took taken taking|teach teaches taught taught teaching|\
        tell tells told told telling|think thinks thought thought thinking|throw throws threw thrown throwing|\
        understand understands understood understood understanding|undergo undergoes underwent undergone undergoing|\
        wake wakes woke woken waking|wear wears wore worn wearing|win wins won won winning|\
        write writes wrote written writing|rebuild rebuilds rebuilt rebuilt rebuilding|\
        try tries tried tried trying|die dies died died dying|tie ties tied tied tying|\
        overspend overspends overspent overspent overspending|tear tears tore torn tearing|\
        withdraw withdraws withdrew withdrawn withdrawing|shoot shoots shot shot shooting|wring wrings wrung wrung \
        wringing|\
        arise arises arose arisen arising|cast casts cast cast casting|cling clings clung clung clinging|\
        creep creeps crept crept creeping|deal deals dealt dealt dealing|flee flees fled fled fleeing|\
        fling flings flung flung flinging|forget forgets forgot forgotten forgetting|hide hides hid hidden hiding|\
        lend lends lent lent lending|light lights lit lit lighting|oversee oversees oversaw overseen overseeing|\
        repay repays repaid repaid repaying|seek seeks sought sought seeking|slide slides slid slid sliding|\
        spill spills spilled spilt spilling|split splits split split splitting|swell swells swelled swollen swelling|\
        swing swings swung swung swinging|weave weaves wove woven weaving|\
        rain rains rained rained raining
        """

    private static let table: [String: VerbForm] = {
        var table: [String: VerbForm] = [:]
        func insert(_ word: String, _ form: VerbForm) { table[word, default: []].insert(form) }
        var irregularBases: Set<String> = []
        for row in irregular.split(separator: "|") {
            let forms = row.split(separator: " ").map(String.init)
            guard forms.count >= 5 else { continue }
            irregularBases.insert(forms[0])
            insert(forms[0], .base)
            guard forms[0] != "be" else { continue }
            insert(forms[1], .third)
            insert(forms[2], .past)
            insert(forms[3], .participle)
            insert(forms[4], .gerund)
        }
        for base in regular.split(separator: " ").map(String.init) where !irregularBases.contains(base) {
            insert(base, .base)
            insert(thirdPerson(of: base), .third)
            for stem in pastForms(of: base) {
                insert(stem, .past)
                insert(stem, .participle)
            }
            for gerund in gerunds(of: base) { insert(gerund, .gerund) }
        }
        return table
    }()

    private static let vowels: Set<Character> = ["a", "e", "i", "o", "u"]

    private static func endsInConsonantAndY(_ base: String) -> Bool {
        base.hasSuffix("y") && !vowels.contains(base.dropLast().last ?? "a")
    }

    /// `stop`, `plan`: one vowel between consonants doubles the last letter.
    private static func doublesLastLetter(_ base: String) -> Bool {
        let letters = Array(base)
        guard letters.count >= 3, let last = letters.last, !vowels.contains(last), !"wxy".contains(last) else {
            return false
        }
        return vowels.contains(letters[letters.count - 2]) && !vowels.contains(letters[letters.count - 3])
    }

    private static func thirdPerson(of base: String) -> String {
        if endsInConsonantAndY(base) { return base.dropLast() + "ies" }
        if ["s", "x", "z", "ch", "sh", "o"].contains(where: base.hasSuffix) { return base + "es" }
        return base + "s"
    }

    private static func pastForms(of base: String) -> [String] {
        if base.hasSuffix("e") { return [base + "d"] }
        if endsInConsonantAndY(base) { return [base.dropLast() + "ied"] }
        guard doublesLastLetter(base), let last = base.last else { return [base + "ed"] }
        return [base + "ed", base + String(last) + "ed"]
    }

    private static func gerunds(of base: String) -> [String] {
        if base.hasSuffix("ee") { return [base + "ing"] }
        if base.hasSuffix("e") { return [base.dropLast() + "ing"] }
        guard doublesLastLetter(base), let last = base.last else { return [base + "ing"] }
        return [base + "ing", base + String(last) + "ing"]
    }
}
