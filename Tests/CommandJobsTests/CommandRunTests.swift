import CommandJobs
import Conformance
import Foundation
import Model
import Storage
import Synchronization
import Testing

@Suite("jobs run by commands (A9)")
struct CommandRunTests {
    private func failure(
        _ script: String, _ settings: [String: CommandSetting] = [:], environment: [String: String] = [:]
    ) async throws -> Job {
        let found = Found<Job>()
        try await CommandTrial.withShell(script, settings, environment: environment) { trial in
            found.value = try await trial.outcome()
        }
        return try #require(found.value)
    }

    @Test("a command gets the document and gives the result")
    func happyPath() async throws {
        try await CommandTrial.withShell("cat > copy; printf '{\"got\": %s}\\n' \"$(cat copy)\"") { trial in
            let input = #"{"text": "a 'quoted' $(touch /tmp/never) `word` 日本語 \n", "big": 12345678901234}"#
            let job = try await trial.outcome(of: input)
            #expect(job.state == .succeeded, "\(job.failure?.message ?? "")")
            let result = try #require(job.result).decode(Received.self).got
            #expect(result.job == job.id.description)
            #expect(result.workspace == WorkspaceID.local.description)
            #expect(result.kind == "trial")
            #expect(result.attempt == 1)
            #expect(result.epoch == job.epoch)
            #expect(result.input.text == "a 'quoted' $(touch /tmp/never) `word` 日本語 \n")
            #expect(result.input.big == 12_345_678_901_234)
        }
    }

    private struct Received: Decodable {
        struct Document: Decodable {
            struct Input: Decodable {
                let text: String
                let big: Int64
            }
            let job: String
            let workspace: String
            let kind: String
            let attempt: Int
            let epoch: Int64
            let input: Input
        }
        let got: Document
    }

    @Test("nothing of an input reaches a shell, an argument or the environment")
    func noInjection() async throws {
        let script =
            "cat > /dev/null; printf '{\"arguments\": %d, \"variables\": \"%s\"}' $# \"$(env | cut -d= -f1 | sort | tr '\\n' ' ')\""
        try await CommandTrial.with(
            [
                "command": .list(["sh", "-c", script, "$(exit 9)", "; exit 9"]),
                "environment": .list(["ALLOWED", "ABSENT"]),
            ],
            environment: ["ALLOWED": "yes", "SECRET": "no"]
        ) { trial in
            let job = try await trial.outcome(of: #"{"a": "'; exit 9; '", "b": "$(exit 9)", "PATH": "/nowhere"}"#)
            let result = try #require(job.result, "\(job.failure?.message ?? "")").decode([String: JSONValue].self)
            #expect(result["arguments"] == .number(1))
            #expect(result["variables"] == .text("ALLOWED HOME LANG PATH PWD TMPDIR "))
        }
    }

    @Test("a job's trace goes on in its command (G1)")
    func trace() async throws {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        try await CommandTrial.withShell("printf '{\"trace\": \"%s\"}' \"$TRACEPARENT\"") { trial in
            let job = try await trial.ended(try await trial.submit(trace: trace))
            #expect(try #require(job.result).decode([String: String].self) == ["trace": trace])
            #expect(job.traceID == "0af7651916cd43dd8448eb211c80319c")
        }
    }

    @Test("it works in an empty folder of its own, which is gone afterwards")
    func folder() async throws {
        try await CommandTrial.withShell(
            "files=$(ls -A | wc -l); printf '{\"folder\": \"%s\", \"files\": %d}' \"$PWD\" \"$files\""
        ) { trial in
            let job = try await trial.outcome()
            let result = try #require(job.result).decode([String: JSONValue].self)
            #expect(result["files"] == .number(0))
            guard case .text(let path) = result["folder"] else { throw NeverHappened("a folder") }
            #expect(path.hasPrefix(trial.folder.path))
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("progress and log lines are shown while it runs")
    func progress() async throws {
        let script = """
            echo '::progress {"percent": 40, "stage": "resize", "operation": "page 4 of 10"}' >&2
            echo plain words >&2
            echo '::log warning the disk is slow' >&2
            echo '::log loud what' >&2
            echo '::progress {"percent": 400}' >&2
            printf 'not \\377 UTF-8, \\033[31mnot red\\033[0m, nul \\000 here\\n' >&2
            echo "key is $KEY" >&2
            until [ -e "$GO" ]; do sleep 0.05; done
            echo '{}'
            """
        let go = FileManager.default.temporaryDirectory.appending(path: "go-\(UUID())")
        defer { try? FileManager.default.removeItem(at: go) }
        try await CommandTrial.withShell(
            script, ["environment": .list(["KEY", "GO"])], environment: ["KEY": "sk-123456", "GO": go.path]
        ) { trial in
            let id = try await trial.submit()
            let progress = try await eventually("progress") {
                let progress = try await trial.job(id).progress
                return progress?.stage == "resize" ? progress : nil
            }
            #expect(progress.percent == 40)
            #expect(progress.operation == "page 4 of 10")
            let log = try await eventually("log") {
                let log = try await trial.log(id)
                return log.count >= 6 ? log : nil
            }
            #expect(log[0] == LogLine(level: .info, message: "plain words"))
            #expect(log[1] == LogLine(level: .warning, message: "the disk is slow"))
            #expect(log[2].level == .warning && log[2].message.contains("::log loud what"))
            #expect(log[3].level == .warning && log[3].message.contains("percent must lie from 0 to 100"))
            #expect(log[4].message == "not \u{FFFD} UTF-8, \u{FFFD}[31mnot red\u{FFFD}[0m, nul \u{FFFD} here")
            #expect(log[5].message == "key is ***")
            try Data().write(to: go)
            #expect(try await trial.ended(id).state == .succeeded)
        }
    }

    struct Ending: Sendable, CustomTestStringConvertible {
        var script: String
        var settings: [String: CommandSetting] = [:]
        var code: String
        var says: [String]
        var testDescription: String { "\(script.prefix(50)) → \(code)" }
    }

    @Test(
        "endings that another attempt would repeat make the job dead at once",
        arguments: [
            Ending(
                script: "echo 'no name in it' >&2; exit 65", code: "input-rejected",
                says: ["status 65", "no name in it"]),
            Ending(script: "echo 'Done!'", code: "invalid-output", says: ["one JSON object", "'Done!'"]),
            Ending(script: "echo '[1]'", code: "invalid-output", says: ["another JSON value"]),
            Ending(script: "echo '{} {}'", code: "invalid-output", says: ["one JSON object"]),
            Ending(script: "printf '{\"a\": \"\\377\"}'", code: "invalid-output", says: ["not UTF-8"]),
            Ending(script: "true", code: "invalid-output", says: ["it is empty"]),
            Ending(
                script: "yes", settings: ["max_output": .text("10KB")], code: "output-too-large",
                says: ["9.8 KiB", "max_output"]),
        ])
    func dead(ending: Ending) async throws {
        let job = try await failure(ending.script, ending.settings)
        #expect(job.state == .dead)
        #expect(job.attempt == 1)
        #expect(job.failure?.code == ending.code)
        for words in ending.says {
            #expect(job.failure?.message.contains(words) == true, "\(job.failure?.message ?? "")")
        }
    }

    @Test(
        "other endings are tried again, and say what happened",
        arguments: [
            Ending(
                script: "echo first >&2; echo 'no such page' >&2; exit 3", code: "program-failed",
                says: ["sh failed with status 3: no such page"]),
            Ending(
                script: "echo '::progress {\"percent\": 1}' >&2; exit 1", code: "program-failed",
                says: ["sh failed with status 1."]),
            Ending(script: "kill -SEGV $$", code: "program-failed", says: ["killed by signal 11"]),
            Ending(
                script: "exec python3 -c 'bytearray(500_000_000)'", settings: ["memory": .text("200MB")],
                code: "program-failed", says: ["more memory than allowed"]),
            Ending(
                script: "while :; do :; done", settings: ["cpu": .text("1s")],
                code: "program-failed", says: ["used up its processor time"]),
            Ending(
                script: "exec dd if=/dev/zero of=big bs=65536 count=100", settings: ["max_file": .text("1MB")],
                code: "program-failed", says: ["larger file than allowed"]),
            Ending(script: "exit 75", code: "try-later", says: ["status 75"]),
            Ending(
                script: "sleep 60", settings: ["timeout": .text("1s")], code: "timed-out", says: ["longer than 1 s"]),
        ])
    func retried(ending: Ending) async throws {
        let job = try await failure(ending.script, ending.settings.merging(["attempts": .text("2")]) { $1 })
        #expect(job.state == .dead)
        #expect(job.attempt == 2)
        #expect(job.failure?.code == ending.code)
        for words in ending.says {
            #expect(job.failure?.message.contains(words) == true, "\(job.failure?.message ?? "")")
        }
    }

    @Test("status 75 waits as long as asked")
    func retryAfter() async throws {
        try await CommandTrial.withShell("echo '::retry-after 3600' >&2; exit 75") { trial in
            let id = try await trial.submit()
            let job = try await eventually("waits") {
                let job = try await trial.job(id)
                return job.state == .scheduled ? job : nil
            }
            #expect(job.failure?.code == "try-later")
            #expect(job.runAt - Timestamp.now > .seconds(3_500))
        }
    }

    @Test("an attempt that fails is followed by one that may succeed")
    func secondAttempt() async throws {
        try await CommandTrial.withShell("grep -q '\"attempt\":2' || exit 1; echo '{\"ok\": true}'") { trial in
            let job = try await trial.outcome()
            #expect(job.state == .succeeded)
            #expect(job.attempt == 2)
        }
    }

    @Test("a program that vanished after the start is named")
    func vanished() async throws {
        let program = FileManager.default.temporaryDirectory.appending(path: "program-\(UUID())")
        try Data("#!/bin/sh\necho '{}'\n".utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        try await CommandTrial.with(["command": .list([program.path]), "attempts": .text("1")]) { trial in
            #expect(try await trial.outcome().state == .succeeded)
            try FileManager.default.removeItem(at: program)
            let job = try await trial.outcome()
            #expect(job.failure?.code == "program-missing")
            #expect(job.failure?.message.contains(program.path) == true)
        }
    }

    @Test(
        "without network there is only an empty one",
        .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/ns/net")))
    func noNetwork() async throws {
        let script = "printf '{\"lines\": %d}' \"$(tail -n +3 /proc/net/route | wc -l)\""
        try await CommandTrial.withShell(script, ["network": .text("false"), "attempts": .text("1")]) { trial in
            let job = try await trial.outcome()
            // A machine that cannot do it says so; it never runs the command on the network.
            #expect(job.result?.text == "{\"lines\": 0}" || job.failure?.code == "no-isolation")
        }
    }
}

/// A value that a test's closure leaves behind.
final class Found<Value: Sendable>: Sendable {
    private let mutex = Mutex<Value?>(nil)

    var value: Value? {
        get { mutex.withLock { $0 } }
        set { mutex.withLock { $0 = newValue } }
    }
}

/// A scalar of a result.
enum JSONValue: Hashable, Decodable {
    case number(Double)
    case text(String)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self = try (try? container.decode(Double.self)).map(JSONValue.number) ?? .text(container.decode(String.self))
    }
}
