import Foundation
import Synchronization

/// What the parent reads: one JSON object a line on standard output.
enum Report {
    case progress(Double)
    case segment(RecognisedSegment)
    case done(language: String, engine: String)
    case failed(TranscriberError)

    /// Writes the line at once. Lines of several threads do not mix.
    func send() {
        guard var line = try? JSONEncoder().encode(self) else { return }
        line.append(UInt8(ascii: "\n"))
        Report.output.withLock { $0.write(line) }
    }

    private static let output: Mutex<FileHandle> = Mutex(.standardOutput)
}

extension Report: Encodable {
    private enum Key: String, CodingKey { case type, fraction, segment, language, engine, code, message }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .progress(let fraction):
            try container.encode("progress", forKey: .type)
            try container.encode(fraction, forKey: .fraction)
        case .segment(let segment):
            try container.encode("segment", forKey: .type)
            try segment.encode(to: encoder)
        case .done(let language, let engine):
            try container.encode("done", forKey: .type)
            try container.encode(language, forKey: .language)
            try container.encode(engine, forKey: .engine)
        case .failed(let error):
            try container.encode("error", forKey: .type)
            try container.encode(error.code, forKey: .code)
            try container.encode(error.message, forKey: .message)
        }
    }
}
