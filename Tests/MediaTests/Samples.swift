import SpeechVideo

/// Scenes of every kind with labels of every length.
enum Samples {
    /// Labels to fill diagrams with.
    enum Language: String, Sendable, CaseIterable {
        case english, japanese
        /// Forty characters each, as long as analysers write them.
        case longEnglish, longJapanese
        /// What people type into an editor: words without breaks, wide letters, signs that markup and Graphviz use.
        case wild

        var labels: [String] {
            switch self {
            case .english:
                [
                    "Order placed", "Payment checked", "Parcel packed", "Courier collects", "Customer", "Review",
                    "Return",
                ]
            case .japanese: ["注文する", "在庫を確認する", "商品を梱包する", "発送する", "受け取る", "レビューを書く", "返品する"]
            case .longEnglish:
                [
                    "The warehouse team packs all the parcels", "Customers receive a confirmation message",
                    "Responsibilities of the representatives", "A committee investigates the complaints",
                    "Internationalisation of communications", "WWWWWWWWWW MMMMMMMMMM WWWWWWWWWW MMMMMMM",
                    "He said that it would be done by tonight",
                ]
            case .longJapanese:
                [
                    "お客様がオンラインストアで商品を注文して代金をクレジットカードで支払います",
                    "倉庫の担当者が在庫を確認してから商品をひとつずつ丁寧に梱包していきます",
                    "国際コミュニケーションプラットフォームアーキテクチャデザインガイドライン",
                    "全国の配送センターを経由してトラックや鉄道で各地の営業所へ運ばれていく",
                    "東京都千代田区霞が関一丁目二番三号中央合同庁舎第五号館本館十二階会議室",
                    "ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ０１２３４５６７８９",
                    "「もう一度やってみよう」と言って、みんなで最初からやり直すことにしました",
                ]
            case .wild:
                [
                    "Donaudampfschifffahrtsgesellschaftskapit", "<b>&amp; \"quoted\" \\n {a|b} </text>",
                    "ﾊﾝｶｸｶﾀｶﾅ ＆ ①②③ ½ Ж Ω é ñ — …", "👩‍👩‍👧‍👦 🇯🇵 🎉 emoji", "한국어 조선말 위키백과 우리 모두의 백과사전",
                    "a\u{0}b\u{7}c\nd\te", "%s %d \\N \\G ]]> -->",
                ]
            }
        }

        func label(_ index: Int) -> String { labels[index % labels.count] }
    }

    static func scene(
        _ type: Scene.Kind, _ labels: [String], edges: [(Int, Int, String)] = [], groups: [String] = [],
        direction: Scene.Direction = .leftToRight, id: Int = 1, start: Double = 0, length: Double = 20,
        title: String? = nil
    ) -> Scene {
        let nodes = labels.enumerated().map { index, label in
            Scene.Node(
                id: "n\(index)", label: label,
                t: MediaTime(seconds: start + 0.5 + (length - 2) * Double(index) / Double(labels.count)),
                group: groups.isEmpty ? nil : groups[index])
        }
        return Scene(
            id: id, start: MediaTime(seconds: start), end: MediaTime(seconds: start + length),
            title: title ?? labels[0], type: type, direction: direction, nodes: nodes,
            edges: edges.map { .init(from: "n\($0.0)", to: "n\($0.1)", label: $0.2, t: nodes[$0.1].t) },
            evidence: labels.joined(separator: " "), score: 0.8, analyser: "rules")
    }

    static func labels(_ language: Language, _ count: Int) -> [String] { (0..<count).map(language.label) }

    static func chain(_ language: Language, count: Int = 6) -> Scene {
        let edges = (1..<count).map { ($0 - 1, $0, $0.isMultiple(of: 2) ? language.label($0 + 2) : "") }
        return scene(.flow, labels(language, count), edges: edges)
    }

    static func cycle(_ language: Language, count: Int = 5) -> Scene {
        let edges = (0..<count).map { ($0, ($0 + 1) % count, $0.isMultiple(of: 2) ? language.label($0 + 3) : "") }
        return scene(.cycle, labels(language, count), edges: edges)
    }

    static func tree(_ language: Language, count: Int = 9) -> Scene {
        let edges = (1..<count).map { (($0 - 1) / 3, $0, "") }
        return scene(.tree, labels(language, count), edges: edges, direction: .topToBottom)
    }

    static func graph(_ language: Language, count: Int = 7) -> Scene {
        let edges = (1..<count).map { ($0 - 1, $0, language.label($0)) } + [(0, 3, ""), (4, 1, language.label(5))]
        return scene(.flow, labels(language, count), edges: edges)
    }

    static func timeline(_ language: Language, count: Int = 7) -> Scene { scene(.timeline, labels(language, count)) }

    static func keypoints(_ language: Language, count: Int = 6) -> Scene { scene(.keypoints, labels(language, count)) }

    static func comparison(_ language: Language, sides: Int = 2, rows: Int = 4) -> Scene {
        let count = sides * rows
        return scene(
            .comparison, labels(language, count), groups: (0..<count).map { language.label($0 % sides) })
    }

    /// Every kind of diagram in few, usual and many nodes.
    static func all(_ language: Language) -> [Scene] {
        [
            chain(language, count: 2), chain(language), chain(language, count: 12),
            cycle(language, count: 2), cycle(language), cycle(language, count: 10), cycle(language, count: 12),
            tree(language, count: 4), tree(language), tree(language, count: 13),
            graph(language), graph(language, count: 12),
            timeline(language, count: 1), timeline(language, count: 4), timeline(language),
            timeline(language, count: 12),
            keypoints(language, count: 1), keypoints(language), keypoints(language, count: 12),
            comparison(language), comparison(language, sides: 3), comparison(language, sides: 4, rows: 3),
        ]
    }
}
