import Foundation

/// Where lines of the log go: a file descriptor, one whole line at a time.
package struct LogSink: Sendable {
    private let handle: FileHandle

    /// Standard error.
    package static let standardError: LogSink = LogSink(handle: .standardError)

    /// A file, continued at its end and made where there is none, readable by its owner only.
    ///
    /// - Throws: when the file cannot be opened.
    package static func file(_ path: String) throws -> LogSink {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return LogSink(handle: FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
    }

    /// Writes one line. A log that cannot be written is no reason to stop working.
    package func write(_ line: String) {
        try? handle.write(contentsOf: Data(line.utf8))
    }
}
