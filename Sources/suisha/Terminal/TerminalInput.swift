import Foundation
import Model

/// Asks the person at the terminal, or reads the lines that a script sends.
struct TerminalInput: Sendable {
    /// Where answers come from; a test hands in a terminal of its own.
    var descriptor: Int32 = STDIN_FILENO

    private static let longest = 64 << 10

    /// Whether there is somebody to ask.
    var isInteractive: Bool { isatty(descriptor) == 1 }

    /// Reads a line that may be seen.
    ///
    /// - Throws: ``CommandFailure`` at the end of the input.
    func line(_ prompt: String) throws -> String {
        if isInteractive { Terminal.write(prompt) }
        return try bytes(prompt, endingAt: [UInt8(ascii: "\n")], isEdited: false)
    }

    /// Reads a line that nobody must see: a terminal does not show it.
    ///
    /// - Throws: ``CommandFailure`` at the end of the input, `CancellationError` after an interrupt.
    func secret(_ prompt: String) throws -> Secret {
        guard isInteractive else { return Secret(try line(prompt)) }
        var before = termios()
        guard tcgetattr(descriptor, &before) == 0 else {
            throw CommandFailure("The terminal does not say how it is set: \(String(cString: strerror(errno))).")
        }
        var hidden = before
        // Signals are read as keys, so that none leaves the terminal without its echo.
        hidden.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard tcsetattr(descriptor, TCSAFLUSH, &hidden) == 0 else {
            throw CommandFailure("The terminal cannot hide what is typed: \(String(cString: strerror(errno))).")
        }
        defer {
            tcsetattr(descriptor, TCSAFLUSH, &before)
            Terminal.write("\n")
        }
        Terminal.write(prompt)
        return Secret(
            try bytes(prompt, endingAt: [UInt8(ascii: "\n"), UInt8(ascii: "\r")], isEdited: true))
    }

    /// The bytes of one line; `isEdited` does what a terminal does that reads line by line.
    private func bytes(_ prompt: String, endingAt ends: Set<UInt8>, isEdited: Bool) throws -> String {
        var line: [UInt8] = []
        while line.count < Self.longest {
            var byte: UInt8 = 0
            let count = read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, !(isEdited && byte == Key.end) else {
                guard count >= 0 else {
                    throw CommandFailure("Nothing can be read: \(String(cString: strerror(errno))).", .noInput)
                }
                if !line.isEmpty { break }
                throw CommandFailure(
                    "The input ended where '\(prompt.filter { $0 != ":" }.trimmed)' was asked.", .noInput)
            }
            if ends.contains(byte) { break }
            switch byte {
            case Key.interrupt where isEdited: throw CancellationError()
            case Key.backspace where isEdited, Key.delete where isEdited: Self.removeLetter(&line)
            case Key.removeLine where isEdited: line = []
            default: line.append(byte)
            }
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
    }

    /// Removes the last letter, which may be several bytes.
    private static func removeLetter(_ line: inout [UInt8]) {
        while let byte = line.popLast(), byte & 0xC0 == 0x80 {}
    }

    private enum Key {
        static let interrupt: UInt8 = 3
        static let end: UInt8 = 4
        static let backspace: UInt8 = 8
        static let removeLine: UInt8 = 21
        static let delete: UInt8 = 127
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
