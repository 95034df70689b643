/// Decides from the voice probabilities which stretches of a recording are worth recognising.
///
/// Only long pauses are left out, and generous margins stay around what is kept, so that no sentence is cut: the
/// recogniser needs to hear how words begin and end. What is dropped is where it would otherwise invent words.
struct SpeechGate {
    /// Probability at which speech begins.
    var onset: Float = 0.5
    /// Probability under which it may end.
    var release: Float = 0.35
    /// Shorter bursts are clicks, not words.
    var shortestSpeech: Double = 0.2
    /// Shorter pauses stay in.
    var longestPause: Double = 2
    /// Kept on both sides of a stretch.
    var margin: Double = 0.4

    /// The stretches to recognise, in samples, in order and apart.
    /// - Parameters:
    ///   - probabilities: one for each `window` samples.
    ///   - sampleCount: where the recording ends.
    func spans(probabilities: [Float], window: Int, sampleCount: Int) -> [Range<Int>] {
        let rate = Double(WaveFile.sampleRate)
        var bursts: [Range<Int>] = []
        var start: Int?
        for (index, probability) in probabilities.enumerated() {
            if start == nil, probability >= onset { start = index }
            if let begun = start, probability < release {
                bursts.append(begun * window..<index * window)
                start = nil
            }
        }
        if let start { bursts.append(start * window..<sampleCount) }

        var spans: [Range<Int>] = []
        for burst in joined(bursts, pause: Int(0.3 * rate)) where Double(burst.count) >= shortestSpeech * rate {
            let wide = burst.lowerBound - Int(margin * rate)..<burst.upperBound + Int(margin * rate)
            spans.append(wide.clamped(to: 0..<sampleCount))
        }
        return joined(spans, pause: Int((longestPause - 2 * margin) * rate))
    }

    private func joined(_ ranges: [Range<Int>], pause: Int) -> [Range<Int>] {
        ranges.reduce(into: []) { joined, next in
            if let last = joined.last, next.lowerBound - last.upperBound <= pause {
                joined[joined.count - 1] = last.lowerBound..<next.upperBound
            } else {
                joined.append(next)
            }
        }
    }
}
