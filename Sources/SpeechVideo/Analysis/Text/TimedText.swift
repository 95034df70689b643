/// The words of a transcript as one run of characters, each with the time it was spoken.
///
/// Japanese words arrive as single characters or tokens that no sentence respects, so everything here counts in
/// characters: a quotation is a range of them and its time is the time of its first character.
struct TimedText: Sendable {
    let characters: [Character]
    /// Milliseconds at which each character was spoken; never decreasing.
    let starts: [Int64]
    /// Positions at which the recogniser began a segment.
    let segmentStarts: [Int]
    let language: Language
    let duration: Int64

    init(_ transcript: Transcript) {
        let duration = max(
            transcript.duration.milliseconds,
            transcript.segments.last?.end.milliseconds ?? 0, transcript.words.last?.end.milliseconds ?? 0)
        let pieces = TimedText.pieces(of: transcript, duration: duration)
        let language = Language(code: transcript.language, sample: pieces.map(\.text).joined(separator: " "))
        var characters: [Character] = []
        var starts: [Int64] = []
        var segmentStarts: [Int] = []
        for piece in pieces {
            let trimmed = piece.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard !trimmed.isEmpty else { continue }
            if language.separatesWords, !characters.isEmpty {
                characters.append(" ")
                starts.append(piece.start)
            }
            segmentStarts.append(characters.count)
            let content = Array(trimmed)
            let length = max(0, piece.end - piece.start)
            for (offset, character) in content.enumerated() {
                characters.append(character)
                starts.append(piece.start + length * Int64(offset) / Int64(content.count))
            }
        }
        self.characters = characters
        self.starts = TimedText.align(characters, estimates: starts, to: transcript.words, duration: duration)
        self.segmentStarts = segmentStarts
        self.language = language
        self.duration = duration
    }

    /// When the character at `position` was spoken.
    func time(at position: Int) -> MediaTime {
        .init(milliseconds: position < starts.count ? starts[position] : duration)
    }

    subscript(range: Range<Int>) -> String { String(characters[range]) }

    private struct Piece {
        var text: String
        var start: Int64
        var end: Int64
    }

    private static func pieces(of transcript: Transcript, duration: Int64) -> [Piece] {
        let segments = transcript.segments.filter { !$0.text.isEmpty }
        if !segments.isEmpty {
            return segments.map {
                Piece(text: $0.text, start: $0.start.milliseconds, end: $0.end.milliseconds)
            }
        }
        if !transcript.text.isEmpty { return [Piece(text: transcript.text, start: 0, end: duration)] }
        return transcript.words.map {
            Piece(text: $0.word, start: $0.start.milliseconds, end: $0.end.milliseconds)
        }
    }

    /// Replaces the estimates by the times of the words, found in order; what no word covers keeps its estimate.
    private static func align(
        _ characters: [Character], estimates: [Int64], to words: [Transcript.Word], duration: Int64
    ) -> [Int64] {
        var starts = estimates
        var isSpoken = [Bool](repeating: false, count: characters.count)
        var cursor = 0
        for word in words {
            let content = word.word.filter { !$0.isWhitespace }
            guard let first = content.first else { continue }
            var candidate = cursor
            let limit = min(characters.count, cursor + 48)
            while candidate < limit {
                if characters[candidate] == first, matches(content, in: characters, at: candidate) { break }
                candidate += 1
            }
            guard candidate < limit else { continue }
            let length = max(0, word.end.milliseconds - word.start.milliseconds)
            let count = Int64(content.count)
            var offset: Int64 = 0
            while offset < count, candidate < characters.count {
                if !characters[candidate].isWhitespace {
                    starts[candidate] = word.start.milliseconds + length * offset / count
                    isSpoken[candidate] = true
                    offset += 1
                }
                candidate += 1
            }
            cursor = candidate
        }
        // An estimate gives way to the next word that has a time, so that it cannot push that word back.
        var next = duration
        for index in starts.indices.reversed() {
            if isSpoken[index] { next = starts[index] } else { starts[index] = min(starts[index], next) }
        }
        var latest: Int64 = 0
        for index in starts.indices {
            latest = min(max(latest, starts[index]), max(duration, 0))
            starts[index] = latest
        }
        return starts
    }

    private static func matches(_ content: String, in characters: [Character], at start: Int) -> Bool {
        var position = start
        for character in content {
            while position < characters.count, characters[position].isWhitespace { position += 1 }
            guard position < characters.count, characters[position] == character else { return false }
            position += 1
        }
        return true
    }
}
