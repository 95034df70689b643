/// Stretches of speech that are recognised in one go, with the pauses between them left out.
struct Passage: Equatable {
    /// In samples of the recording, in order and apart.
    var spans: [Range<Int>]

    /// Samples of sound.
    var sampleCount: Int { spans.reduce(0) { $0 + $1.count } }

    /// Where in the recording the given second of the passage lies.
    ///
    /// At a seam a start belongs to the later stretch and an end to the earlier one.
    func time(of seconds: Double, isEnd: Bool) -> Double {
        let rate = Double(WaveFile.sampleRate)
        let position = Int((seconds * rate).rounded())
        var before = 0
        for span in spans {
            let offset = position - before
            if offset < span.count || (isEnd && offset == span.count) {
                return Double(span.lowerBound + max(0, offset)) / rate
            }
            before += span.count
        }
        return Double(spans.last?.upperBound ?? 0) / rate
    }

    /// Groups stretches into passages of at most `limit` samples; a longer stretch is cut where the voice is weakest.
    ///
    /// The limit bounds memory. Within a passage the recogniser goes on by itself and knows what was said before.
    static func group(
        _ spans: [Range<Int>], limit: Int, probabilities: [Float], window: Int
    ) -> [Passage] {
        var passages: [Passage] = []
        for span in spans.flatMap({ cut($0, limit: limit, probabilities: probabilities, window: window) }) {
            if let last = passages.last, last.sampleCount + span.count <= limit {
                passages[passages.count - 1].spans.append(span)
            } else {
                passages.append(Passage(spans: [span]))
            }
        }
        return passages
    }

    private static func cut(
        _ span: Range<Int>, limit: Int, probabilities: [Float], window: Int
    ) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start = span.lowerBound
        while span.upperBound - start > limit {
            // The calmest window in the second half of what fits.
            let candidates = (start + limit / 2) / window..<(start + limit) / window
            let calmest = candidates.min { level($0, probabilities) < level($1, probabilities) }
            let end = (calmest ?? candidates.upperBound) * window + window / 2
            pieces.append(start..<end)
            start = end
        }
        pieces.append(start..<span.upperBound)
        return pieces
    }

    /// The voice probability around a window, so that a pause wins over a single weak window inside a word.
    private static func level(_ index: Int, _ probabilities: [Float]) -> Float {
        let around = (index - 4..<index + 5).clamped(to: probabilities.indices)
        return probabilities[around].reduce(0, +)
    }
}
