import Endpoints

/// What people may call things.
enum NameRules {
    /// A name for people: 1 to 100 characters on one line.
    static func checked(_ name: String, field: String = "name", upTo limit: Int = 100) throws -> String {
        let name = name.trimmingSpaces
        guard (1...limit).contains(name.count),
            !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw Problem(.unprocessable, "A \(field) has 1 to \(limit) characters on one line.", field: field)
        }
        return name
    }

    /// A name for addresses.
    static func isSlug(_ text: String) -> Bool {
        (3...40).contains(text.utf8.count) && !text.hasPrefix("-") && !text.hasSuffix("-")
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }
}

/// A name for addresses.
enum SlugForm: TextForm {
    static let pattern = "^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$"
    static let rule = "must have 3 to 40 of a-z, 0-9 and '-', and begin and end without '-'"
    static let example = "example"

    static func isMet(by text: String) -> Bool { NameRules.isSlug(text) }
}

extension String {
    /// Without white space at its ends.
    var trimmingSpaces: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
