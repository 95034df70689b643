import Model

/// Lines of a table for spreadsheets.
enum AuditCSV {
    static let header = "seq,at,actor,action,target,outcome,detail,request,address,previous_hash,hash\r\n"

    static func line(_ entry: AuditEntry) -> String {
        let cells: [String] = [
            String(entry.sequence), entry.at.description, entry.actor, entry.action, entry.target ?? "",
            entry.outcome, entry.detail.text, entry.request ?? "", entry.address ?? "", entry.previousHash, entry.hash,
        ]
        return cells.map(cell).joined(separator: ",") + "\r\n"
    }

    /// A text that a spreadsheet takes for a text: one that begins like a formula gets an apostrophe before it.
    static func cell(_ text: String) -> String {
        var text = text
        // White space first does not help: some programs trim it and calculate.
        if let first = text.unicodeScalars.first(where: { !$0.properties.isWhitespace }),
            "=+-@|%".unicodeScalars.contains(first) || fullWidth.contains(first)
        {
            text = "'" + text
        } else if let first = text.unicodeScalars.first, first.value < 0x20 {
            text = "'" + text
        }
        guard text.unicodeScalars.contains(where: { "\",;\r\n\t".unicodeScalars.contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// What some programs read as the signs of a formula.
    private static let fullWidth: [Unicode.Scalar] = ["\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}"]
}
