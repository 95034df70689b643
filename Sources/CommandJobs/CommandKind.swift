import Endpoints
package import Engine
package import Model

/// A kind of job that a program of the operator's runs: JSON on standard input, the result as JSON on standard output.
///
/// `docs/exec.md` describes what the program may expect and must do. It is started directly, never through a shell, and
/// nothing of a job becomes part of its arguments or its environment.
package struct CommandKind: Hashable, Sendable {
    /// Unique and permanent: `resize-image`.
    package let name: String
    /// One line for lists.
    package let summary: String
    /// The program's absolute path.
    package let program: String
    package let arguments: [String]
    /// A job that runs longer is ended and counts as failed.
    package let timeout: Duration
    package let attempts: Int
    /// Address space of each process; nil for no limit.
    package let memory: ByteCount?
    /// Processor time of each process; nil for no limit.
    package let cpu: Duration?
    /// The largest file that it may write; nil for no limit.
    package let largestFile: ByteCount?
    /// The largest result.
    package let largestOutput: ByteCount
    /// False keeps the program off every network, where the machine allows that.
    package let networkAllowed: Bool
    /// Variables of this process that the program gets too.
    package let environment: [String: String]

    /// The kind for the engine.
    package var jobKind: JobKind {
        JobKind(
            name: name, summary: summary, input: .object([]), stages: [CommandRun.stage], maxAttempts: attempts,
            timeout: timeout, validate: validated
        ) { context in
            try await CommandRun(kind: self, context: context).result()
        }
    }

    /// The input with its members in order, so that equal inputs are equal texts.
    private func validated(_ input: JSONText) throws -> JSONText {
        let wrong = Problem(.unprocessable, "The input of '\(name)' must be a JSON object.", field: "input")
        do {
            let canonical = try JSONText(encoding: input)
            guard canonical.text.hasPrefix("{") else { throw wrong }
            return canonical
        } catch {
            throw wrong
        }
    }
}
