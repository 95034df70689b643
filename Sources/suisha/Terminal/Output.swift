import Foundation

/// Results for programs, on standard output.
enum Output {
    /// Writes a value as one line of JSON.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try line(try encoder.encode(value))
    }

    /// Writes a line of JSON as the server sent it.
    static func line(_ data: Data) throws {
        try FileHandle.standardOutput.write(contentsOf: data + Data("\n".utf8))
    }

    /// Says what goes on, on standard error: results alone go to standard output.
    static func progress(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }
}
