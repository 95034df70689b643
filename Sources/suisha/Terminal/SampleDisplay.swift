import Foundation

/// Shows seconds on standard output, each in the place of the one before where a person looks.
struct SampleDisplay {
    /// Whether lines are overwritten; else they follow each other.
    let redraws: Bool
    private var shown = 0

    init(redraws: Bool) {
        self.redraws = redraws
    }

    /// Shows a second.
    mutating func show(_ sample: SampleView, server: URL) throws {
        let lines = SampleText.lines(
            sample, title: server.absoluteString, width: redraws ? Terminal.width : .max)
        guard redraws else { return try Terminal.output(Data((lines.joined(separator: "\n") + "\n").utf8)) }
        // Up to the first line again, each line anew, and nothing left of what was longer.
        let start = shown > 0 ? "\u{1B}[\(shown)A\r" : ""
        let text = lines.map { "\u{1B}[K" + $0 + "\n" }.joined()
        try Terminal.output(Data((start + text + "\u{1B}[J").utf8))
        shown = lines.count
    }
}
