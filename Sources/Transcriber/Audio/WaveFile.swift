import Foundation

/// A 16 kHz mono 16-bit WAV file, read in pieces so that hours of sound need no more memory than minutes.
struct WaveFile {
    static let sampleRate: Int = 16_000
    private static let bytesPerSample = 2

    /// Samples in the file.
    let sampleCount: Int
    private let handle: FileHandle
    private let dataOffset: UInt64

    /// Length in seconds.
    var duration: Double { Double(sampleCount) / Double(WaveFile.sampleRate) }

    init(path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw TranscriberError(.unreadableAudio, "The recording \(path) cannot be opened")
        }
        self.handle = handle
        let fileSize = try handle.seekToEnd()
        try handle.seek(toOffset: 0)
        var format: Format?
        guard let riff = try handle.read(upToCount: 12), riff.count == 12, riff.starts(with: Data("RIFF".utf8)),
            riff.suffix(4) == Data("WAVE".utf8)
        else { throw WaveFile.invalid(path, "it is not a WAV file") }
        while let header = try handle.read(upToCount: 8), header.count == 8 {
            let name = String(decoding: header.prefix(4), as: UTF8.self)
            let length = UInt64(header.littleEndian(UInt32.self, at: 4))
            let start = try handle.offset()
            if name == "fmt " {
                format = Format(try handle.read(upToCount: 16) ?? Data())
            } else if name == "data" {
                guard let format, format == .expected else {
                    throw WaveFile.invalid(path, "it must be 16 kHz, mono, 16-bit")
                }
                // A recorder that never knew the length writes 0 or the largest number: then the rest is sound.
                let rest = fileSize - start
                let isOpen = length == 0 || length == UInt64(UInt32.max)
                guard isOpen || length <= rest else {
                    throw WaveFile.invalid(path, "it is cut off: \(rest) of \(length) bytes of sound are there")
                }
                sampleCount = Int(isOpen ? rest : length) / WaveFile.bytesPerSample
                dataOffset = start
                return
            }
            // Chunks are padded to an even length.
            try handle.seek(toOffset: min(start + length + length % 2, fileSize))
        }
        throw WaveFile.invalid(path, "it is cut off before the sound begins")
    }

    private static func invalid(_ path: String, _ reason: String) -> TranscriberError {
        TranscriberError(.unreadableAudio, "The recording \(path) cannot be transcribed: \(reason)")
    }

    /// The samples of the range, from -1 to 1; fewer when the file shrinks meanwhile.
    func samples(_ range: Range<Int>) throws -> [Float] {
        let range = range.clamped(to: 0..<sampleCount)
        try handle.seek(toOffset: dataOffset + UInt64(range.lowerBound * WaveFile.bytesPerSample))
        let bytes = try handle.read(upToCount: range.count * WaveFile.bytesPerSample) ?? Data()
        return bytes.withUnsafeBytes { raw in
            (0..<raw.count / WaveFile.bytesPerSample).map { index in
                let value = raw.loadUnaligned(fromByteOffset: index * WaveFile.bytesPerSample, as: Int16.self)
                return Float(Int16(littleEndian: value)) / 32_768
            }
        }
    }

    private struct Format: Equatable {
        static let expected: Format = Format(encoding: 1, channels: 1, rate: UInt32(WaveFile.sampleRate), bits: 16)
        var encoding: UInt16
        var channels: UInt16
        var rate: UInt32
        var bits: UInt16

        init(encoding: UInt16, channels: UInt16, rate: UInt32, bits: UInt16) {
            self.encoding = encoding
            self.channels = channels
            self.rate = rate
            self.bits = bits
        }

        init?(_ data: Data) {
            guard data.count == 16 else { return nil }
            encoding = data.littleEndian(UInt16.self, at: 0)
            channels = data.littleEndian(UInt16.self, at: 2)
            rate = data.littleEndian(UInt32.self, at: 4)
            bits = data.littleEndian(UInt16.self, at: 14)
        }
    }
}

extension Data {
    fileprivate func littleEndian<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int) -> Number {
        Number(littleEndian: withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) })
    }
}
