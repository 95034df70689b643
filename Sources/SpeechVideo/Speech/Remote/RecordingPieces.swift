import Foundation
import Model

/// A normalized recording (16 kHz, mono, 16 bit) in pieces that a service takes, cut where it is quietest.
struct RecordingPieces {
    static let sampleRate: Int = 16_000
    private static let headerLength = 44
    /// Ten minutes: 19 MB.
    private static let longest = 600 * sampleRate
    /// A cut is looked for in the last minute of a piece.
    private static let search = 60 * sampleRate
    private static let frame = sampleRate / 10
    /// 50 dB under full scale: rooms are louder.
    private static let audible: Double = 32_768 * 0.003

    /// In samples, in order, without gaps.
    let pieces: [Range<Int>]
    private let handle: FileHandle
    private let dataOffset: UInt64

    /// - Throws: `JobFailure` when the file is not what the normalizer writes.
    init(_ file: URL, longest: Int = RecordingPieces.longest, search: Int = RecordingPieces.search) throws {
        let invalid = JobFailure(
            code: "not-media", message: "The normalized recording is no 16 kHz WAV file.", retryable: false)
        handle = try FileHandle(forReadingFrom: file)
        let start = try handle.read(upToCount: 4_096) ?? Data()
        guard start.starts(with: Data("RIFF".utf8)), let data = start.firstRange(of: Data("data".utf8)),
            let format = start.firstRange(of: Data("fmt ".utf8)), format.upperBound + 20 <= start.count,
            // Chunk length, then encoding 1, one channel, 16,000 samples a second.
            start[format.upperBound + 4..<format.upperBound + 12].elementsEqual([1, 0, 1, 0, 0x80, 0x3E, 0, 0])
        else { throw invalid }
        dataOffset = UInt64(data.upperBound + 4)
        let end = try handle.seekToEnd()
        guard end >= dataOffset else { throw invalid }
        let count = Int(end - dataOffset) / 2

        var pieces: [Range<Int>] = []
        var position = 0
        while count - position > longest {
            let window = position + longest - search..<position + longest
            let samples = try RecordingPieces.samples(window, of: handle, from: dataOffset)
            let quietest = RecordingPieces.levels(samples).enumerated().min { $0.element < $1.element }?.offset ?? 0
            let cut = window.lowerBound + quietest * RecordingPieces.frame + RecordingPieces.frame / 2
            pieces.append(position..<cut)
            position = cut
        }
        if count > position { pieces.append(position..<count) }
        self.pieces = pieces
    }

    /// Where a piece begins, in seconds; past the last one, where the recording ends.
    func start(of index: Int) -> Double {
        let sample = index < pieces.count ? pieces[index].lowerBound : pieces.last?.upperBound ?? 0
        return Double(sample) / Double(RecordingPieces.sampleRate)
    }

    func samples(of index: Int) throws -> [Int16] {
        try RecordingPieces.samples(pieces[index], of: handle, from: dataOffset)
    }

    /// Whether any tenth of a second is louder than a silent line.
    static func isAudible(_ samples: [Int16]) -> Bool { levels(samples).contains { $0 > audible } }

    /// A WAV file of the samples.
    static func waveFile(_ samples: [Int16]) -> Data {
        var data = Data(capacity: headerLength + samples.count * 2)
        func append(_ text: String) { data.append(contentsOf: text.utf8) }
        func append(_ numbers: UInt32...) {
            for number in numbers { withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) } }
        }
        let length = UInt32(samples.count * 2)
        append("RIFF")
        append(length + UInt32(headerLength) - 8)
        append("WAVEfmt ")
        // Length 16; encoding 1 and one channel; samples and bytes a second; 2 bytes for all channels and 16 bits each.
        append(16, 1 | 1 << 16, UInt32(sampleRate), UInt32(sampleRate * 2), 2 | 16 << 16)
        append("data")
        append(length)
        samples.map(\.littleEndian).withUnsafeBytes { data.append(contentsOf: $0) }
        return data
    }

    /// Root mean square of each tenth of a second.
    private static func levels(_ samples: [Int16]) -> [Double] {
        stride(from: 0, to: samples.count, by: frame).map { start in
            let part = samples[start..<min(start + frame, samples.count)]
            return (part.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(part.count)).squareRoot()
        }
    }

    private static func samples(_ range: Range<Int>, of handle: FileHandle, from offset: UInt64) throws -> [Int16] {
        try handle.seek(toOffset: offset + UInt64(range.lowerBound * 2))
        let bytes = try handle.read(upToCount: range.count * 2) ?? Data()
        return bytes.withUnsafeBytes { raw in
            (0..<raw.count / 2).map { Int16(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 2, as: Int16.self)) }
        }
    }
}
