import Foundation

/// The two numbers of a WAV file that ffprobe does not hand on when they contradict the length of the file.
struct WaveHeader {
    private static let searched: Int = 64 << 10
    /// What programs write that do not know the length yet: zero, or a number about the largest there is.
    private static let largestKnown: UInt32 = 0x7FFF_0000

    /// Length of the sound by the header; nil when it does not say.
    let promisedLength: MediaTime?

    /// Reads the chunks before the sound; nil when the file is no WAV.
    init?(_ file: URL) {
        guard let handle = try? FileHandle(forReadingFrom: file),
            let bytes = try? handle.read(upToCount: WaveHeader.searched).map([UInt8].init),
            bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WAVE".utf8)
        else { return nil }
        func number(at offset: Int) -> UInt32 {
            bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        var offset = 12
        var bytesPerSecond: UInt32 = 0
        var length: MediaTime?
        while offset + 8 <= bytes.count, length == nil {
            let name = bytes[offset..<offset + 4]
            let size = number(at: offset + 4)
            if name.elementsEqual("fmt ".utf8), offset + 20 <= bytes.count { bytesPerSecond = number(at: offset + 16) }
            if name.elementsEqual("data".utf8) {
                let isKnown = size > 0 && size < WaveHeader.largestKnown && bytesPerSecond > 0
                if isKnown { length = MediaTime(seconds: Double(size) / Double(bytesPerSecond)) }
                break
            }
            // Chunks start at even places.
            offset += 8 + Int(size) + Int(size) % 2
        }
        promisedLength = length
    }
}
