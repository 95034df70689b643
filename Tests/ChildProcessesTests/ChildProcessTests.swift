import ChildProcesses
import Conformance
import Foundation
import Glibc
import Model
import Synchronization
import Testing

@Suite("child processes")
struct ChildProcessTests {
    private func shell(_ script: String, timeout: Duration = .seconds(20)) -> Command {
        Command(executable: "sh", arguments: ["-c", script], timeout: timeout)
    }

    @Test func `gives output and keeps standard error apart`() async throws {
        let outcome = try await ChildProcess.run(shell("echo out; echo err >&2"))
        #expect(outcome.text == "out\n")
        #expect(outcome.standardErrorTail == "err\n")
        #expect(outcome.cpuTime != nil)
    }

    @Test func `hands on lines in order, the unfinished last one too`() async throws {
        let lines = Lines()
        _ = try await ChildProcess.run(shell("printf 'a\\nb\\rc'; sleep 0.1; printf 'd'")) { lines.append($0) }
        #expect(lines.all == ["a", "b", "cd"])
    }

    @Test func `keeps output of any length within its bound`() async throws {
        var command = shell("head -c 50000000 /dev/zero; head -c 300000 /dev/zero | tr '\\0' x >&2; echo end >&2")
        command.outputLimit = 1_000
        let outcome = try await ChildProcess.run(command)
        #expect(outcome.standardOutput.count == 1_000)
        #expect(outcome.outputWasCut)
        #expect(outcome.standardErrorTail.utf8.count <= 8 << 10)
        #expect(outcome.standardErrorTail.hasSuffix("xend\n"))
    }

    @Test func `inherits neither environment nor descriptors nor input`() async throws {
        let outcome = try await ChildProcess.run(shell("env | sort; cat; ls /proc/self/fd | wc -l"))
        let lines = outcome.text.split(separator: "\n").map(String.init)
        #expect(!lines.contains { $0.hasPrefix("USER=") || $0.hasPrefix("SHELL=") })
        #expect(lines.contains("LANG=C.UTF-8"))
        // ls holds its own listing of the folder besides the three standard ones.
        #expect(lines.last?.trimmingCharacters(in: .whitespaces) == "4")
    }

    @Test func `a missing program says what to install`() async throws {
        let command = Command(executable: "no-such-program", timeout: .seconds(5), debianPackage: "some-package")
        let failure = try await #require(throws: ProcessFailure.self) { try await ChildProcess.run(command) }
        #expect(failure.code == .notFound)
        #expect(failure.message.contains("apt-get install some-package"))
    }

    @Test func `a failing program gives its status and its last words without secrets`() async throws {
        var command = shell("echo \"wrong key $KEY\" >&2; exit 3")
        command.environment["KEY"] = "sk-123456789"
        let failure = try await #require(throws: ProcessFailure.self) { try await ChildProcess.run(command) }
        #expect(failure.code == .exited(status: 3))
        #expect(failure.message == "sh failed with status 3: wrong key ***")
    }

    @Test func `a program killed from outside gives the signal`() async throws {
        let failure = try await #require(throws: ProcessFailure.self) {
            try await ChildProcess.run(shell("kill -KILL $$"))
        }
        #expect(failure.code == .killed(signal: SIGKILL))
    }

    @Test func `held input stays open until the child ends`() async throws {
        var command = shell("read line; echo \"read ended\"", timeout: .seconds(1))
        command.holdsInput = true
        let failure = try await #require(throws: ProcessFailure.self) { try await ChildProcess.run(command) }
        #expect(failure.code == .timedOut)
        command.holdsInput = false
        command.timeout = .seconds(20)
        #expect(try await ChildProcess.run(command).text == "read ended\n")
    }

    @Test func `fifty at once leave neither descriptors nor zombies`() async throws {
        _ = try await ChildProcess.run(shell("true"))
        let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<50 {
                group.addTask { try await ChildProcess.run(shell("echo \(number); sleep 0.05 &")).text }
            }
            var seen: Set<String> = []
            for try await text in group { seen.insert(text) }
            #expect(seen.count == 50)
        }
        // Other tests run beside this one, so a handful of descriptors may be theirs.
        try await eventually("descriptors closed") {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count <= before + 20
        }
        try await eventually("no zombies") { zombieChildren().isEmpty }
    }

    private func zombieChildren() -> [String] {
        let own = getpid()
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { Int32($0) != nil }.filter { id in
            guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8) else { return false }
            return text.contains(") Z \(own) ")
        }
    }
}

/// Lines in the order they came.
final class Lines: Sendable {
    private let lines: Mutex<[String]> = Mutex([])

    var all: [String] { lines.withLock { $0 } }

    func append(_ line: String) {
        lines.withLock { $0.append(line) }
    }
}
