/// Why a child process gave no result.
package struct ProcessFailure: Error, Sendable, CustomStringConvertible {
    /// What went wrong, for callers that decide by it.
    package let code: Code
    /// What went wrong, for a person: names the program, what to do next and the last lines it wrote.
    package let message: String
    /// The message without the lines that the program wrote.
    package let summary: String
    /// The last 8 KiB the child wrote to standard error, with values of its environment masked.
    package let standardErrorTail: String

    package var description: String { message }

    init(_ code: Code, _ message: String, standardErrorTail: String = "") {
        self.code = code
        self.summary = message
        self.standardErrorTail = standardErrorTail
        let lines = standardErrorTail.split(whereSeparator: \.isNewline).suffix(3).joined(separator: " | ")
        self.message = lines.isEmpty ? message : message + ": " + lines
    }

    /// Kinds of failure.
    package struct Code: Hashable, Sendable {
        private enum Kind: Hashable {
            case notFound, startFailed, timedOut, memoryExhausted, processorTimeExhausted, fileTooLarge, diskFull
            case outputTooLarge
            case killed(signal: Int32)
            case exited(status: Int32)
        }

        private let kind: Kind

        /// The program is not installed.
        package static let notFound = Code(kind: .notFound)
        /// The program is there but could not be started.
        package static let startFailed = Code(kind: .startFailed)
        /// The child ran longer than the command allows.
        package static let timedOut = Code(kind: .timedOut)
        /// The child reached its memory limit.
        package static let memoryExhausted = Code(kind: .memoryExhausted)
        /// The child used up its processor time.
        package static let processorTimeExhausted = Code(kind: .processorTimeExhausted)
        /// The child wrote a file larger than allowed.
        package static let fileTooLarge = Code(kind: .fileTooLarge)
        /// The child wrote more to standard output than it may.
        package static let outputTooLarge = Code(kind: .outputTooLarge)
        /// The disk is full.
        package static let diskFull = Code(kind: .diskFull)

        /// A signal that nobody here sent ended the child.
        package static func killed(signal: Int32) -> Code { Code(kind: .killed(signal: signal)) }
        /// The child gave up with a status other than 0.
        package static func exited(status: Int32) -> Code { Code(kind: .exited(status: status)) }
    }
}
