/// How a scene is told. Stories, greetings and opinions use the words of order without explaining anything.
struct JapaneseTone: Sendable {
    /// Share of sentences told in the past.
    let past: Double
    /// Words of feeling, politeness and the speaker, per sentence.
    let personal: Double
    let questions: Double

    private static let personalWords = [
        "私", "僕", "俺", "吾輩", "わたし", "思い", "思う", "思っ", "感じ", "気がし", "好き", "嬉し", "うれし", "楽し", "悲し",
        "ありがとう", "お願い", "申し訳", "よろしく", "かな", "本当に", "今こそ", "未来", "なければなりません", "すみません", "ごめん", "もしもし",
        "はじめまして", "素晴らし", "面白", "宝物", "泣い", "彼女", "彼は", "でしょう。", "と申し", "いただけ", "皆さま", "皆様", "お祝い", "申し上げ", "おめでとう",
        "お世話に", "ご協力", "お待ちして", "お詫び", "ご不便",
        "夫は", "夫に", "夫の", "妻は", "妻が", "妻に", "娘が", "娘は", "友だちに", "友達に", "のでしょうか",
        "ませんか。", "気分", "気持ち", "なんだか", "照れくさ", "かわいそう", "忘れられ", "懐かし", "なつかし", "びっくり", "驚い", "驚き", "悔し", "感謝", "恐縮",
        "お祈り", "お礼", "礼を言", "ご健康", "ほうがいい", "うまくいかな", "大丈夫", "乾杯", "いやあ",
        "笑", "ほしい", "なのです", "のです。",
    ]

    /// Explanations end like this as well, though less often than chats do.
    private static let chattyEndings = ["ですね", "ですよ", "ますね", "ましたね"]

    init(_ reader: JapaneseReader) {
        let count = Double(max(1, reader.sentences.count))
        let told = reader.sentences.filter { sentence in
            let ending = reader.string(sentence.range).filter { !"。！？!?. 」".contains($0) }.suffix(2)
            return ending.last == "た" || ending == "ただ"
        }
        past = Double(told.count) / count
        let found = Self.personalWords.reduce(0) { $0 + reader.count(of: $1) }
        let chatty = Self.chattyEndings.reduce(0) { $0 + reader.count(of: $1) }
        personal = (Double(found) * 0.7 + Double(chatty) * 0.5) / max(2, count)
        questions = Double(reader.sentences.count(where: \.isQuestion)) / count
    }

    /// What to subtract from the evidence for an explanation in the present tense.
    var penalty: Double { past * 2.6 + min(3, personal * 1.8) + questions * 1.2 }

    /// The same for timelines, which are told in the past.
    var penaltyInPast: Double { min(2.5, personal * 1.2) + questions }
}
