extension JapaneseTree {
    /// A whole and the parts that one sentence names.
    struct Split: Sendable {
        var whole: Range<Int>?
        var items: [Range<Int>]
        var weight: Double
        /// Whether the words say that these are parts, so that it may start a tree.
        var isSure: Bool
    }

    /// The tree as far as the speaker has told it.
    struct Growth {
        let reader: JapaneseReader
        var nodes: [(quote: Range<Int>, name: String)] = []
        var edges: [Draft.Edge] = []
        var evidence = 0.0
        /// Wholes that nobody has named as a part of anything.
        private var orphans: [Split] = []

        init(reader: JapaneseReader) { self.reader = reader }

        mutating func add(_ split: Split) {
            guard split.items.count >= (nodes.isEmpty ? 2 : 1), let name = split.whole else { return }
            let known = known(name)
            if edges.isEmpty, !split.isSure { return }
            if !edges.isEmpty, known == nil {
                if split.isSure, split.items.count >= 2 { orphans.append(split) }
                return
            }
            guard let whole = known ?? node(name) else { return }
            grow(whole, split)
        }

        private mutating func grow(_ whole: Int, _ split: Split) {
            var added = 0
            for item in split.items {
                guard let child = node(item, besides: whole), child != whole,
                    !edges.contains(where: { $0.to == child || $0.from == child })
                else { continue }
                edges.append(.init(from: whole, to: child))
                added += 1
            }
            if added >= 2 {
                evidence += split.weight + 0.35 * Double(min(added, 4))
            } else if added == 1 {
                evidence += 0.2
            }
        }

        /// Two or more wholes side by side are parts of what the scene is about.
        mutating func joinOrphans(under subject: Range<Int>?) {
            guard let first = edges.first?.from, !orphans.isEmpty, let subject, let root = node(subject),
                root != first, !edges.contains(where: { $0.to == root || $0.from == root })
            else { return }
            edges.insert(.init(from: root, to: first), at: 0)
            for orphan in orphans {
                guard let name = orphan.whole, let whole = node(name), whole != root,
                    !edges.contains(where: { $0.to == whole || $0.from == whole })
                else { continue }
                edges.append(.init(from: root, to: whole))
                grow(whole, orphan)
            }
        }

        /// The node of the tree that a sentence takes up again: `弦の仲間` is `弦`.
        private func known(_ range: Range<Int>) -> Int? {
            let taken = Set(edges.flatMap { [$0.from, $0.to] })
            guard let quote = reader.label(range) else { return nil }
            let name = reader.string(quote)
            if let found = position(of: name), taken.contains(found) { return found }
            guard let last = JapaneseScript.nouns(in: reader.text, quote).last else { return nil }
            let noun = reader.string(last)
            return taken.sorted().first { nodes[$0].name == noun }
        }

        private func position(of name: String) -> Int? {
            if let same = nodes.firstIndex(where: { $0.name == name }) { return same }
            return nodes.firstIndex {
                $0.name.hasSuffix("の" + name) || name.hasSuffix("の" + $0.name) || $0.name.hasPrefix(name + "の")
                    || name.hasPrefix($0.name + "の")
            }
        }

        /// `植物のだし` is no `だし` where it is a part of it.
        private mutating func node(_ range: Range<Int>, besides whole: Int? = nil) -> Int? {
            guard let quote = reader.label(range), quote.count <= 20 else { return nil }
            let name = reader.string(quote)
            if let found = position(of: name), found != whole || nodes[found].name == name { return found }
            guard nodes.count < Draft.mostNodes else { return nil }
            nodes.append((quote, name))
            return nodes.count - 1
        }
    }
}
