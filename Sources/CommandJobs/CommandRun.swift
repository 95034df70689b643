import ChildProcesses
import Engine
import Foundation
import Model
import Storage

/// Runs the command of one job and makes a result or a failure of how it ended.
struct CommandRun {
    let kind: CommandKind
    let context: JobContext

    /// The one stage of these jobs; its time is measured, so that the next job has an estimate.
    static let stage = "run"
    /// How long a command may take to end after SIGTERM.
    static let grace: Duration = .seconds(5)

    /// Exit statuses with a meaning, from `sysexits.h`.
    private static let inputRejected: Int32 = 65
    private static let tryLater: Int32 = 75

    func result() async throws -> JSONText {
        let stage = ProgressMeter.Stage(Self.stage, rateKey: "exec/\(kind.name)", defaultSecondsPerUnit: 60)
        let context = try await context.measuring([stage])
        return try await context.stage(Self.stage) { (try await run(context), false) }
    }

    private func run(_ context: JobContext) async throws -> JSONText {
        if !kind.networkAllowed, await ChildProcess.isolation() == .unavailable {
            let message = "This machine cannot keep the command off the network; 'suisha doctor' says what to allow."
            throw JobFailure(code: "no-isolation", message: message, retryable: true)
        }
        let command = try command(context)
        let report = CommandReport(context, environment: kind.environment)
        do {
            let outcome = try await ChildProcess.run(command, onErrorLine: report.receive)
            return try result(outcome.standardOutput)
        } catch let failure as ProcessFailure {
            throw self.failure(failure, report)
        }
    }

    /// The command in a folder of its own, beside what this program keeps there.
    private func command(_ context: JobContext) throws -> Command {
        let folder = try context.scratch.appending(path: "work", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let input = try context.scratch.appending(path: "input.json", directoryHint: .notDirectory)
        try Data(CommandInput(context).json().text.utf8).write(to: input)
        var own = ["HOME": folder.path, "TMPDIR": folder.path]
        own["TRACEPARENT"] = context.traceparent
        return Command(
            executable: kind.program, arguments: kind.arguments,
            environment: Command.defaultEnvironment.merging(own) { $1 }.merging(kind.environment) { $1 },
            workingDirectory: folder,
            limits: ProcessLimits(memory: kind.memory, cpu: kind.cpu, largestFile: kind.largestFile, openFiles: 1_024),
            networkAllowed: kind.networkAllowed,
            // The engine ends the job at its timeout; this is for the day when that fails.
            timeout: kind.timeout + .seconds(60),
            inputFile: input, grace: Self.grace, ledger: try context.scratch,
            outputLimit: Int(kind.largestOutput.bytes),
            endsPastOutputLimit: true)
    }

    /// The text as it is, once it is sure to be one JSON object.
    private func result(_ output: [UInt8]) throws -> JSONText {
        guard let text = String(validating: output, as: UTF8.self) else {
            throw invalidOutput("it is not UTF-8")
        }
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !trimmed.isEmpty else { throw invalidOutput("it is empty") }
        let value: Any
        do {
            value = try JSONSerialization.jsonObject(with: Data(trimmed.utf8), options: .fragmentsAllowed)
        } catch {
            throw invalidOutput("it begins with '\(trimmed.prefix(60))'")
        }
        guard value is [String: Any] else { throw invalidOutput("it is another JSON value: \(trimmed.prefix(60))") }
        return JSONText(trusted: trimmed)
    }

    private func invalidOutput(_ found: String) -> JobFailure {
        let rule = "A command must write one JSON object, and nothing else, to standard output"
        return JobFailure(code: "invalid-output", message: "\(rule); \(found).", retryable: false)
    }

    private func failure(_ failure: ProcessFailure, _ report: CommandReport) -> any Error {
        let message = failure.summary + (report.lastLine.map { ": \($0)" } ?? ".")
        switch failure.code {
        case .exited(status: Self.inputRejected):
            return JobFailure(code: "input-rejected", message: message, retryable: false)
        case .exited(status: Self.tryLater):
            let later = JobFailure(code: "try-later", message: message, retryable: true)
            return report.retryAfter.map { RetryLater(later, after: $0) } ?? later
        case .outputTooLarge:
            let advice = "Write files elsewhere and name them in the result, or raise max_output."
            return JobFailure(code: "output-too-large", message: "\(failure.summary). \(advice)", retryable: false)
        case .notFound:
            return JobFailure(code: "program-missing", message: failure.message, retryable: true)
        default:
            return JobFailure(code: "program-failed", message: message, retryable: true)
        }
    }
}
