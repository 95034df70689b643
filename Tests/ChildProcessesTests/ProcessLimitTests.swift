import ChildProcesses
import Foundation
import Model
import Testing

@Suite("limits of child processes")
struct ProcessLimitTests {
    private func failure(_ script: String, _ limits: ProcessLimits) async throws -> ProcessFailure {
        let folder = URL.temporaryDirectory.appending(path: "limits-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let command = Command(
            executable: "sh", arguments: ["-c", script], workingDirectory: folder, limits: limits, timeout: .seconds(30)
        )
        return try await #require(throws: ProcessFailure.self) { try await ChildProcess.run(command) }
    }

    @Test func `memory`() async throws {
        let failure = try await failure(
            "exec head -c 300000000 /dev/zero | sort > /dev/null", ProcessLimits(memory: .mebibytes(64)))
        #expect(failure.code == .memoryExhausted)
    }

    @Test func `processor time`() async throws {
        let failure = try await failure("while :; do :; done", ProcessLimits(cpu: .milliseconds(700)))
        #expect(failure.code == .processorTimeExhausted)
    }

    @Test func `file size`() async throws {
        let failure = try await failure(
            "exec dd if=/dev/zero of=big bs=65536 count=100", ProcessLimits(largestFile: .mebibytes(1)))
        #expect(failure.code == .fileTooLarge)
    }

    @Test func `open files`() async throws {
        let failure = try await failure(
            "exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null 7</dev/null", ProcessLimits(openFiles: 6))
        #expect(failure.message.contains("Too many open files") || failure.code == .exited(status: 2))
    }

    @Test func `no network unless allowed`() async throws {
        let isolation = await ChildProcess.isolation()
        guard isolation != .unavailable else { return }
        var command = Command(
            executable: "sh", arguments: ["-c", "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '"],
            timeout: .seconds(5))
        let interfaces = try await ChildProcess.run(command).text.split(separator: "\n")
        #expect(interfaces.allSatisfy { $0 == "lo" })
        command.arguments = ["-c", "readlink /proc/self/ns/net"]
        let isolated = try await ChildProcess.run(command).text
        command.networkAllowed = true
        let shared = try await ChildProcess.run(command).text
        #expect(isolated != shared)
    }
}
