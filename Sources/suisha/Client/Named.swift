/// Finds the thing that somebody names.
enum Named {
    /// The only item with a name, whatever the case of its letters.
    ///
    /// - Parameters:
    ///   - title: what the items are, in one word.
    ///   - list: the command that shows them.
    ///   - others: further names that somebody may have meant.
    /// - Throws: ``CommandFailure`` when there is none, or several.
    static func one<Item>(
        of items: [Item], named text: String, title: String, list: String, name: (Item) -> String,
        others: (Item) -> String? = { _ in nil }
    ) throws -> Item {
        let found = items.filter { name($0).lowercased() == text.lowercased() }
        if found.count == 1, let only = found.first { return only }
        guard found.isEmpty else {
            throw CommandFailure("Several \(title)s are named '\(text)'; '\(list)' has their ids.")
        }
        let names = items.flatMap { [name($0), others($0)].compactMap(\.self) }
        let hint = NearestName.of(text, among: names).map { "Did you mean '\($0)'?" }
        throw CommandFailure("There is no \(title) '\(text)'. \(hint ?? "'\(list)' shows them.")")
    }
}
