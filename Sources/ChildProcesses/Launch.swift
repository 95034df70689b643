import Foundation
import Glibc
import Model
import Subprocess
import SystemPackage

/// One start of a command, from its resolved arguments to the end of its group.
struct Launch: Sendable {
    private let configuration: Subprocess.Configuration
    private let holdsInput: Bool
    private let inputFile: URL?
    private let outputLimit: Int
    private let endsPastOutputLimit: Bool
    private let ledger: ProcessLedger?
    private let name: String

    init(_ command: Command) async throws {
        let prlimit = try command.locate("prlimit", debianPackage: "util-linux")
        let program = try command.locate(command.executable, debianPackage: command.debianPackage)
        let isolation = command.networkAllowed ? [] : await NetworkIsolation.detect().prefix
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: command.grace)
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
        inputFile = command.inputFile
        outputLimit = command.outputLimit
        endsPastOutputLimit = command.endsPastOutputLimit
        ledger = command.ledger.map(ProcessLedger.init(folder:))
        name = command.name
    }

    /// Runs the child to its end, which cancelling the task brings about early.
    func run(
        onOutputLine: (@Sendable (String) -> Void)?, onErrorLine: (@Sendable (String) -> Void)?
    ) async throws -> Ending {
        let end = EarlyEnd()
        // Awaited right below. It is a task of its own because cancelling would close the child's pipes before the
        // child has ended: its last words would be lost, and writing them would kill it in the middle of its cleaning
        // up.
        let running = Task { try await run(until: end, onOutputLine: onOutputLine, onErrorLine: onErrorLine) }
        do {
            return try await withTaskCancellationHandler {
                try await running.value
            } onCancel: {
                if end.request() { running.cancel() }
            }
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw ProcessFailure(.startFailed, "\(name) could not be started or watched: \(error.description)")
        }
    }

    private func run(
        until end: EarlyEnd, onOutputLine: (@Sendable (String) -> Void)?, onErrorLine: (@Sendable (String) -> Void)?
    ) async throws -> Ending {
        if let inputFile {
            let input = FileDescriptorInput.fileDescriptor(try open(inputFile), closeAfterSpawningProcess: true)
            return try await run(input: input, until: end, onOutputLine: onOutputLine, onErrorLine: onErrorLine)
        }
        return holdsInput
            ? try await run(input: .inputWriter, until: end, onOutputLine: onOutputLine, onErrorLine: onErrorLine)
            : try await run(input: .none, until: end, onOutputLine: onOutputLine, onErrorLine: onErrorLine)
    }

    private func open(_ file: URL) throws -> FileDescriptor {
        do {
            return try FileDescriptor.open(FilePath(file.path), .readOnly, options: .closeOnExec)
        } catch {
            throw ProcessFailure(.startFailed, "The input of \(name), \(file.path), could not be opened: \(error)")
        }
    }

    private func run<Input: InputProtocol>(
        input: Input, until end: EarlyEnd, onOutputLine: (@Sendable (String) -> Void)?,
        onErrorLine: (@Sendable (String) -> Void)?
    ) async throws -> Ending {
        var group: pid_t?
        defer { if let group { endLeftovers(of: group) } }
        let result = try await Subprocess.run(
            configuration, input: input, output: .sequence, error: .sequence
        ) { execution in
            let id = execution.processIdentifier.value
            group = id
            if let ledger, let record = ProcessRecord(id: id) { try ledger.remember(record) }
            async let _: Void = {
                guard await end.wait() else { return }
                await execution.teardown(using: configuration.platformOptions.teardownSequence)
            }()
            async let tail = Launch.tail(of: execution.standardError, onLine: onErrorLine)
            let (output, wasCut) = try await read(execution.standardOutput, until: end, onOutputLine: onOutputLine)
            // At the end of its output the child is a zombie or about to be one: its times are still readable.
            let ending = await Ending(
                status: .exited(0), output: output, outputWasCut: wasCut, standardErrorTail: try tail,
                cpuTime: ProcessStatus(id: id)?.cpuTime)
            end.closePipes()
            return ending
        }
        var ending = result.closureResult
        ending.status = result.terminationStatus
        if ending.outputWasCut, endsPastOutputLimit {
            throw ProcessFailure(
                .outputTooLarge, "\(name) wrote more than \(ByteCount(Int64(outputLimit))) to standard output")
        }
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

    private static func tail(
        of stream: SubprocessOutputSequence, onLine: (@Sendable (String) -> Void)?
    ) async throws -> String {
        var tail = ByteTail(limit: ChildProcess.standardErrorLimit)
        var lines = LineSplitter(limit: ChildProcess.lineLimit)
        for try await buffer in stream {
            buffer.withUnsafeBytes { bytes in
                tail.append(bytes)
                if let onLine { lines.append(bytes, receive: onLine) }
            }
        }
        if let onLine { lines.finish(receive: onLine) }
        return tail.text
    }

    private func read(
        _ stream: SubprocessOutputSequence, until end: EarlyEnd, onOutputLine: (@Sendable (String) -> Void)?
    ) async throws -> (output: [UInt8], wasCut: Bool) {
        var output: [UInt8] = []
        var wasCut = false
        var lines = LineSplitter(limit: ChildProcess.lineLimit)
        for try await buffer in stream {
            buffer.withUnsafeBytes { bytes in
                if let onOutputLine {
                    lines.append(bytes, receive: onOutputLine)
                } else {
                    let room = outputLimit - output.count
                    output.append(contentsOf: bytes.prefix(room))
                    wasCut = wasCut || bytes.count > room
                }
            }
            if wasCut, endsPastOutputLimit { _ = end.request() }
        }
        if let onOutputLine { lines.finish(receive: onOutputLine) }
        return (output, wasCut)
    }
}
