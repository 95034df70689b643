/// What failures have in common: the kind of job and the failure's code.
package struct Fingerprint: Hashable, Sendable, Comparable {
    package let kind: String
    package let code: String

    package init(kind: String, code: String) {
        self.kind = kind
        self.code = code
    }

    package static func < (left: Fingerprint, right: Fingerprint) -> Bool {
        (left.kind, left.code) < (right.kind, right.code)
    }
}

/// How often attempts failed, by fingerprint. Holds a few; what is beyond them is added up under ``other``.
package struct FailureTally: Hashable, Sendable {
    package private(set) var counts: [Fingerprint: Int] = [:]

    /// How many fingerprints are told apart.
    static let limit = 20
    /// Stands for the rest.
    static let other = Fingerprint(kind: "other", code: "other")

    package init(_ counts: [Fingerprint: Int] = [:]) {
        self.counts = counts.filter { $0.value > 0 }
        bound()
    }

    /// Adds what another holds.
    package mutating func merge(_ tally: FailureTally) {
        guard !tally.counts.isEmpty else { return }
        counts.merge(tally.counts, uniquingKeysWith: +)
        bound()
    }

    /// The most frequent first.
    package var sorted: [(fingerprint: Fingerprint, count: Int)] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { (fingerprint: $0.key, count: $0.value) }
    }

    private mutating func bound() {
        guard counts.count > Self.limit else { return }
        let rest = counts[Self.other] ?? 0
        let named = sorted.filter { $0.fingerprint != Self.other }
        let kept = named.prefix(Self.limit - 1)
        counts = Dictionary(uniqueKeysWithValues: kept.map { ($0.fingerprint, $0.count) })
        counts[Self.other] = rest + named.dropFirst(kept.count).reduce(0) { $0 + $1.count }
    }
}
