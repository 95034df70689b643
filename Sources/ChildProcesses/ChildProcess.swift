import Foundation
import Glibc
import Subprocess
import SystemPackage

/// Runs programs as children of this process: limited, off the network, never left behind.
///
/// Each child leads its own session and process group. `prlimit` and `unshare` set it up and then become the program,
/// so the number of the child, of the group and of the program are the same.
package enum ChildProcess {
    static let standardErrorLimit: Int = 8 << 10
    static let lineLimit: Int = 64 << 10

    /// How children without network are kept off it here; `doctor` shows it.
    package static func isolation() async -> NetworkIsolation {
        await NetworkIsolation.detect()
    }

    /// Runs a command to its end.
    ///
    /// Cancelling the task, or the timeout, sends SIGTERM to the whole group and SIGKILL after the command's grace, 3 s
    /// unless it says otherwise; either way, and also after a normal end, nothing of the group is alive and nothing is
    /// left to reap when this returns.
    /// - Parameters:
    ///   - onOutputLine: Receives each line of standard output, in order; nil keeps the output in the outcome. It slows
    /// the     child when it is slow, and lines past 64 KiB arrive cut.
    ///   - onErrorLine: Receives each line of standard error, in the same way; the tail is kept all the same.
    /// - Throws: `ProcessFailure` when the program is missing, ends with another status than 0, or exceeds a limit;
    ///   `CancellationError` when the task was cancelled.
    package static func run(
        _ command: Command, onOutputLine: (@Sendable (String) -> Void)? = nil,
        onErrorLine: (@Sendable (String) -> Void)? = nil
    ) async throws -> ProcessOutcome {
        try Task.checkCancellation()
        let launch = try await Launch(command)
        let clock = ContinuousClock()
        let started = clock.now
        let (ending, timedOut) = try await withDeadline(command.timeout) {
            try await launch.run(onOutputLine: onOutputLine, onErrorLine: onErrorLine)
        }
        let tail = command.masking(ending?.standardErrorTail ?? "")
        if timedOut {
            throw ProcessFailure(
                .timedOut, "\(command.name) did not finish within \(command.timeout) and was ended",
                standardErrorTail: tail)
        }
        try Task.checkCancellation()
        guard let ending else { throw CancellationError() }
        guard ending.status.isSuccess else { throw command.failure(ending.status, tail: tail) }
        return ProcessOutcome(
            standardOutput: ending.output, outputWasCut: ending.outputWasCut, standardErrorTail: tail,
            elapsed: clock.now - started, cpuTime: ending.cpuTime)
    }

    /// Runs the body; past the deadline cancels it and waits for it all the same.
    /// - Returns: How the child ended, nil when it did not get that far, and whether the deadline was the reason.
    private static func withDeadline(
        _ timeout: Duration, _ body: @escaping @Sendable () async throws -> Ending
    ) async throws -> (Ending?, timedOut: Bool) {
        try await withThrowingTaskGroup(of: Ending?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            if let first { return (first, false) }
            // The sleeper was first: the deadline has passed, or the whole was cancelled.
            let ending = try? await group.next()
            return (ending ?? nil, !Task.isCancelled)
        }
    }
}

/// How a child ended and what it wrote.
struct Ending: Sendable {
    var status: TerminationStatus
    var output: [UInt8]
    var outputWasCut: Bool
    var standardErrorTail: String
    var cpuTime: Duration?
}
