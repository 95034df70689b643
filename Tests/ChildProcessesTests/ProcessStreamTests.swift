import ChildProcesses
import Conformance
import Foundation
import Model
import Testing

@Suite("streams of child processes")
struct ProcessStreamTests {
    private func shell(_ script: String, timeout: Duration = .seconds(20)) -> Command {
        Command(executable: "sh", arguments: ["-c", script], timeout: timeout)
    }

    @Test func `a file is the input, of any length, read or not`() async throws {
        let file = URL.temporaryDirectory.appending(path: "input-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(repeating: UInt8(ascii: "x"), count: 3_000_000).write(to: file)
        var command = shell("wc -c")
        command.inputFile = file
        #expect(try await ChildProcess.run(command).text == "3000000\n")
        command.arguments = ["-c", "exec 0<&-; echo unread"]
        #expect(try await ChildProcess.run(command).text == "unread\n")
        command.inputFile = file.appendingPathExtension("missing")
        let failure = try await #require(throws: ProcessFailure.self) { try await ChildProcess.run(command) }
        #expect(failure.code == .startFailed)
    }

    @Test func `lines of standard error arrive while the output is kept`() async throws {
        let lines = Lines()
        let outcome = try await ChildProcess.run(
            shell("echo one >&2; echo out; echo two >&2; printf '\\377three' >&2")
        ) { lines.append($0) }
        #expect(outcome.text == "")
        let errors = Lines()
        let kept = try await ChildProcess.run(
            shell("echo one >&2; echo out; echo two >&2; printf '\\377three' >&2"), onErrorLine: { errors.append($0) })
        #expect(kept.text == "out\n")
        #expect(errors.all == ["one", "two", "\u{FFFD}three"])
        #expect(kept.standardErrorTail == "one\ntwo\n\u{FFFD}three")
    }

    @Test func `a child that writes too much is ended when the command says so`() async throws {
        var command = shell("trap '' TERM; echo begun >&2; yes", timeout: .seconds(60))
        command.outputLimit = 100_000
        command.endsPastOutputLimit = true
        command.grace = .milliseconds(200)
        let clock = ContinuousClock()
        let started = clock.now
        let failure = try await #require(throws: ProcessFailure.self) { try await ChildProcess.run(command) }
        #expect(failure.code == .outputTooLarge)
        #expect(failure.message == "sh wrote more than 97.7 KiB to standard output")
        #expect(clock.now - started < .seconds(20))
    }

    @Test func `a child that is told to end may clean up and write, within its grace`() async throws {
        func cleaning(_ seconds: Int) -> String {
            "trap 'sleep \(seconds); echo cleaned; echo cleaned >&2; exit 3' TERM; while :; do sleep 0.05; done"
        }
        // By then it has set its trap, also on a busy machine.
        var command = shell(cleaning(1), timeout: .seconds(3))
        command.grace = .seconds(30)
        let failure = try await #require(throws: ProcessFailure.self) { try await ChildProcess.run(command) }
        #expect(failure.code == .timedOut)
        #expect(failure.standardErrorTail.hasSuffix("cleaned\n"))
        command.arguments = ["-c", cleaning(20)]
        command.grace = .milliseconds(100)
        let hasty = try await #require(throws: ProcessFailure.self) { try await ChildProcess.run(command) }
        #expect(!hasty.standardErrorTail.contains("cleaned"))
    }

    @Test func `a child that has closed its output is ended all the same`() async throws {
        let clock = ContinuousClock()
        let started = clock.now
        let failure = try await #require(throws: ProcessFailure.self) {
            try await ChildProcess.run(shell("exec >&- 2>&-; exec sleep 64", timeout: .seconds(1)))
        }
        #expect(failure.code == .timedOut)
        #expect(clock.now - started < .seconds(30))
    }

    @Test func `members of the group that outlive a leader ended early are killed too`() async throws {
        let marker = "63.\(UInt32.random(in: 100_000_000...UInt32.max))"
        let lines = Lines()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try await ChildProcess.run(
                    shell("(trap '' TERM; sleep \(marker)) & echo ready >&2; wait", timeout: .seconds(600)),
                    onErrorLine: { lines.append($0) })
            }
            try await eventually("started") { lines.all == ["ready"] && isAlive(marker) }
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        try await eventually("all dead", within: .seconds(20)) { !isAlive(marker) }
    }

    private func isAlive(_ marker: String) -> Bool {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.contains { id in
            guard Int32(id) != nil, let data = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else {
                return false
            }
            return data.contains(Data("sleep\0\(marker)".utf8))
        }
    }
}
