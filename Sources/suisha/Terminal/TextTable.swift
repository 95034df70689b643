/// Columns of text for a terminal.
enum TextTable {
    /// A head and rows, each column as wide as its longest text; the last one is not padded.
    static func text(head: [String], rows: [[String]]) -> String {
        let lines = [head] + rows
        let widths = head.indices.map { column in
            lines.map { TextWidth.columns(column < $0.count ? $0[column] : "") }.max() ?? 0
        }
        return lines.map { line in
            let cells = line.enumerated().map { column, text in
                column == line.count - 1 ? text : TextWidth.padded(text, to: widths[column])
            }
            return cells.joined(separator: "  ") + "\n"
        }.joined()
    }

    /// Names and values below each other.
    static func page(_ lines: [(String, String)]) -> String {
        let width = (lines.map { TextWidth.columns($0.0) }.max() ?? 0) + 2
        return lines.map { TextWidth.padded($0.0, to: width) + $0.1 + "\n" }.joined()
    }
}
