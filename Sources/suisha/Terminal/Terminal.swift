import Foundation

/// The terminal that the program runs in, if it runs in one.
enum Terminal {
    /// Whether standard error is a terminal that can move its cursor.
    static var isInteractive: Bool {
        isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// Whether colours are welcome: on a terminal, unless NO_COLOR is set (no-color.org).
    static var hasColour: Bool {
        isInteractive && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// The columns of the terminal.
    static var width: Int {
        var size = winsize()
        if ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 80
    }

    /// Writes a line for people to standard error, which keeps standard output for results.
    static func note(_ text: String) {
        write(text + "\n")
    }

    /// Writes what went wrong to standard error.
    static func error(_ text: String) {
        write("suisha: \(text)\n")
    }

    /// Writes a text to standard error as it is.
    static func write(_ text: String) {
        // Nobody can be told that standard error is closed.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    /// Writes to standard output.
    static func output(_ data: Data) throws {
        try FileHandle.standardOutput.write(contentsOf: data)
    }
}
