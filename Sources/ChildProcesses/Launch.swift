import Foundation
import Glibc
import Subprocess
import SystemPackage

/// One start of a command, from its resolved arguments to the end of its group.
struct Launch: Sendable {
    private let configuration: Subprocess.Configuration
    private let holdsInput: Bool
    private let outputLimit: Int
    private let ledger: ProcessLedger?
    private let name: String

    init(_ command: Command) async throws {
        let prlimit = try command.locate("prlimit", debianPackage: "util-linux")
        let program = try command.locate(command.executable, debianPackage: command.debianPackage)
        let isolation = command.networkAllowed ? [] : await NetworkIsolation.detect().prefix
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: ChildProcess.grace)
        ]
        var environment = command.environment
        if environment["HOME"] == nil { environment["HOME"] = command.workingDirectory?.path ?? "/nonexistent" }
        configuration = Subprocess.Configuration(
            executable: .path(FilePath(prlimit)),
            arguments: Arguments(command.limits.arguments + isolation + [program] + command.arguments),
            environment: .custom(
                Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })
            ),
            workingDirectory: command.workingDirectory.map { FilePath($0.path) },
            platformOptions: options)
        holdsInput = command.holdsInput
        outputLimit = command.outputLimit
        ledger = command.ledger.map(ProcessLedger.init(folder:))
        name = command.name
    }

    func run(onOutputLine: (@Sendable (String) -> Void)?) async throws -> Ending {
        do {
            return holdsInput
                ? try await run(input: .inputWriter, onOutputLine: onOutputLine)
                : try await run(input: .none, onOutputLine: onOutputLine)
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw ProcessFailure(.startFailed, "\(name) could not be started or watched: \(error.description)")
        }
    }

    private func run<Input: InputProtocol>(
        input: Input, onOutputLine: (@Sendable (String) -> Void)?
    ) async throws -> Ending {
        let result = try await Subprocess.run(
            configuration, input: input, output: .sequence, error: .sequence
        ) { execution in
            let id = execution.processIdentifier.value
            if let ledger, let record = ProcessRecord(id: id) { try ledger.remember(record) }
            async let tail = Launch.tail(of: execution.standardError)
            let (output, wasCut) = try await Launch.read(
                execution.standardOutput, limit: outputLimit, onOutputLine: onOutputLine)
            // At the end of its output the child is a zombie or about to be one: its times are still readable.
            return await Ending(
                status: .exited(0), output: output, outputWasCut: wasCut, standardErrorTail: try tail,
                cpuTime: ProcessStatus(id: id)?.cpuTime)
        }
        endLeftovers(of: result.processIdentifier.value)
        var ending = result.closureResult
        ending.status = result.terminationStatus
        return ending
    }

    /// Kills members that outlived their leader.
    ///
    /// The leader has been reaped, but while the group has members its number is not given away; when it has none, the
    /// kernel, which hands numbers out in a circle, cannot have come round to it in the microseconds since.
    private func endLeftovers(of group: pid_t) {
        kill(-group, SIGKILL)
        ledger?.forget(group)
    }

    private static func tail(of stream: SubprocessOutputSequence) async throws -> String {
        var tail = ByteTail(limit: ChildProcess.standardErrorLimit)
        for try await buffer in stream { buffer.withUnsafeBytes { tail.append($0) } }
        return tail.text
    }

    private static func read(
        _ stream: SubprocessOutputSequence, limit: Int, onOutputLine: (@Sendable (String) -> Void)?
    ) async throws -> (output: [UInt8], wasCut: Bool) {
        var output: [UInt8] = []
        var wasCut = false
        var lines = LineSplitter(limit: ChildProcess.lineLimit)
        for try await buffer in stream {
            buffer.withUnsafeBytes { bytes in
                if let onOutputLine {
                    lines.append(bytes, receive: onOutputLine)
                } else {
                    let room = limit - output.count
                    output.append(contentsOf: bytes.prefix(room))
                    wasCut = wasCut || bytes.count > room
                }
            }
        }
        if let onOutputLine { lines.finish(receive: onOutputLine) }
        return (output, wasCut)
    }
}
