/// The labels of one series, as they stand between the braces.
struct SeriesLabels: Hashable, Comparable {
    private let pairs: [Pair]

    private struct Pair: Hashable {
        let name: String
        let value: String
    }

    init(_ dimensions: [(String, String)]) {
        pairs = dimensions.map { Pair(name: ExpositionText.labelName($0.0), value: $0.1) }.sorted { $0.name < $1.name }
    }

    private init(pairs: [Pair]) {
        self.pairs = pairs
    }

    var isEmpty: Bool { pairs.isEmpty }

    /// The value of a label.
    subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// The same names, each with the value `other`.
    var withoutValues: SeriesLabels {
        SeriesLabels(pairs: pairs.map { Pair(name: $0.name, value: "other") })
    }

    /// `{kind="transcribe"}`, with one more label if there is one; empty without labels.
    func text(adding extra: (name: String, value: String)? = nil) -> String {
        let all = pairs.map { ($0.name, $0.value) } + (extra.map { [($0.name, $0.value)] } ?? [])
        guard !all.isEmpty else { return "" }
        return "{" + all.map { "\($0)=\"\(ExpositionText.escaped(label: $1))\"" }.joined(separator: ",") + "}"
    }

    static func < (left: SeriesLabels, right: SeriesLabels) -> Bool { left.text() < right.text() }
}
