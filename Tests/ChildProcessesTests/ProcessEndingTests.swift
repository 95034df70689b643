import ChildProcesses
import Conformance
import Foundation
import Glibc
import Model
import Testing

@Suite("ends of child processes")
struct ProcessEndingTests {
    /// A group of a leader and two grandchildren that all ignore SIGTERM, each holding the marker in its arguments.
    private func disobedient(_ marker: String) -> String {
        "trap '' TERM; (trap '' TERM; sleep 61.\(marker)) & (sleep 62.\(marker)) & echo ready; sleep 63.\(marker)"
    }

    private func living(_ marker: String) -> Int {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { id in
            guard Int32(id) != nil, let data = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else {
                return false
            }
            return String(decoding: data, as: UTF8.self).contains("sleep\0") && data.contains(Data(marker.utf8))
        }.count
    }

    private func marker() -> String { String(UInt32.random(in: 100_000_000...UInt32.max)) }

    @Test func `cancelling ends the whole group, also one that ignores SIGTERM`() async throws {
        let marker = marker()
        let lines = Lines()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let command = Command(
                    executable: "sh", arguments: ["-c", disobedient(marker)], timeout: .seconds(600))
                _ = try await ChildProcess.run(command) { lines.append($0) }
            }
            try await eventually("started") { lines.all == ["ready"] && living(marker) == 3 }
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        try await eventually("all dead") { living(marker) == 0 }
    }

    @Test func `grandchildren do not outlive a child that ended well`() async throws {
        let marker = marker()
        let command = Command(
            executable: "sh", arguments: ["-c", "(trap '' TERM; sleep 61.\(marker)) & echo done"],
            timeout: .seconds(600)
        )
        let outcome = try await ChildProcess.run(command)
        #expect(outcome.text == "done\n")
        try await eventually("all dead") { living(marker) == 0 }
    }

    @Test func `a child past its time is ended and named`() async throws {
        let command = Command(
            executable: "sh", arguments: ["-c", "echo working >&2; exec sleep 30"], timeout: .seconds(3))
        let failure = try await #require(throws: ProcessFailure.self) { try await ChildProcess.run(command) }
        #expect(failure.code == .timedOut)
        #expect(failure.message.contains("sh did not finish within"))
        #expect(failure.message.contains("working"))
    }

    @Test func `a task cancelled before the start starts nothing`() async throws {
        await withThrowingTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { _ = try await ChildProcess.run(Command(executable: "true", timeout: .seconds(5))) }
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
    }

    @Test func `orphans of a dead worker are ended by its ledger, and only they`() async throws {
        let folder = URL.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let marker = marker()
        let lines = Lines()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let command = Command(
                    executable: "sh", arguments: ["-c", disobedient(marker)], timeout: .seconds(600), ledger: folder)
                _ = try await ChildProcess.run(command) { lines.append($0) }
            }
            try await eventually("started") { lines.all == ["ready"] && living(marker) == 3 }
            // A record of this very process with a wrong start time stands for a number given away again.
            let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            try Data("\(getpid()) 1 \(boot)".utf8).write(to: folder.appending(path: "\(getpid()).group"))
            #expect(ProcessLedger.endOrphans(in: folder) == 1)
            let failure = await #expect(throws: ProcessFailure.self) { try await group.next() }
            #expect(failure?.code == .killed(signal: SIGKILL))
        }
        try await eventually("all dead") { living(marker) == 0 }
        #expect(ProcessLedger.endOrphans(in: folder) == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        #expect(ProcessLedger.endOrphans(in: folder.appending(path: "missing")) == 0)
    }
}
