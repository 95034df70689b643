import Foundation

/// One recording on its way to words: find the speech, detect the language, recognise passage by passage.
struct Transcription {
    /// Speech recognised in one go. Bounds memory; long enough that the model seldom starts without context.
    private static let passageLimit = WaveFile.sampleRate * 300
    /// What the model looks at once.
    private static let lookLimit = WaveFile.sampleRate * 30
    /// Share of the work that finding the speech takes, for the progress.
    private static let detectionShare = 0.05

    /// What stands before speech in languages whose punctuation the model leaves out when nothing shows it the style.
    private static let styles: [String: String] = ["ja": "、。"]

    var language: String?
    var prompt: String?
    var temperature: Double

    /// Reports progress and segments as they come; silence gives no segment.
    /// - Returns: The ISO 639-1 code of the language, empty when nobody speaks.
    func run(
        _ recording: WaveFile, model: borrowing WhisperModel, detector: borrowing VoiceDetector,
        report: @escaping (Report) -> Void
    ) throws -> String {
        if let language, !model.knows(language: language) {
            throw TranscriberError(.unknownLanguage, "The speech model does not know the language '\(language)'")
        }
        let probabilities = try detector.probabilities(in: recording)
        let spans = SpeechGate().spans(
            probabilities: probabilities, window: VoiceDetector.window, sampleCount: recording.sampleCount)
        let passages = Passage.group(
            spans, limit: Transcription.passageLimit, probabilities: probabilities, window: VoiceDetector.window)
        report(.progress(Transcription.detectionShare))
        guard !passages.isEmpty else { return "" }

        let language = try self.language ?? detectLanguage(recording, passages: passages, model: model)
        let total = Double(passages.reduce(0) { $0 + $1.sampleCount })
        var finished = 0.0
        for passage in passages {
            let samples = try passage.samples(of: recording)
            let share = Double(passage.sampleCount) / total
            let before = finished
            let segments = try model.recognise(
                samples, language: language, prompt: prompt ?? Transcription.styles[language], temperature: temperature,
                progress: { fraction in
                    let done = before + share * fraction
                    report(.progress(Transcription.detectionShare + (1 - Transcription.detectionShare) * done))
                })
            for segment in segments { report(.segment(passage.placed(segment))) }
            finished += share
        }
        return language
    }

    /// The likeliest language over up to three looks, fewer when the first is clear.
    private func detectLanguage(
        _ recording: WaveFile, passages: [Passage], model: borrowing WhisperModel
    ) throws -> String {
        var sums: [String: Float] = [:]
        let looks = passages.flatMap(\.spans).prefix(3)
        for (index, span) in looks.enumerated() {
            let samples = try recording.samples(span.prefix(Transcription.lookLimit))
            for (language, probability) in try model.languages(of: samples) {
                sums[language, default: 0] += probability
            }
            let best = sums.values.max() ?? 0
            if best / Float(index + 1) >= 0.8 { break }
        }
        return sums.max { $0.value < $1.value }?.key ?? "en"
    }
}

extension Passage {
    /// The sound, without the pauses between the stretches.
    func samples(of recording: WaveFile) throws -> [Float] {
        var samples: [Float] = []
        samples.reserveCapacity(sampleCount)
        for span in spans { samples += try recording.samples(span) }
        return samples
    }

    /// The segment at its place in the recording.
    func placed(_ segment: RecognisedSegment) -> RecognisedSegment {
        var placed = segment
        placed.start = time(of: segment.start, isEnd: false)
        placed.end = max(placed.start, time(of: segment.end, isEnd: true))
        placed.words = segment.words.map { word in
            let start = time(of: word.start, isEnd: false)
            return .init(word: word.word, start: start, end: max(start, time(of: word.end, isEnd: true)))
        }
        return placed
    }
}
