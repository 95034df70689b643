import CommandJobs
import Engine
import Foundation
import Model
import Testing

@Suite("settings of commands (A9)")
struct CommandSettingsTests {
    private let environment = ["PATH": "/usr/bin:/bin", "KEY": "value", "OTHER": "hidden"]

    private func kinds(_ json: String, besides taken: Set<String> = []) throws -> [CommandKind] {
        let entries = try JSONText(trusted: json).decode([[String: CommandSetting]].self)
        return try CommandKind.all(entries, besides: taken, environment: environment)
    }

    @Test("every setting is read")
    func full() throws {
        let kind = try #require(
            try kinds(
                """
                [{"kind": "resize-image", "command": ["sh", "-c", "exit $0", 3], "summary": "Resizes", "timeout": "1h30m",
                  "attempts": 3, "memory": "512MB", "cpu": "5m", "max_file": "2GiB", "max_output": "64 KiB", "network": false,
                  "environment": ["KEY", "ABSENT"]}]
                """
            ).first)
        #expect(kind.name == "resize-image")
        #expect(kind.program == "/usr/bin/sh" || kind.program == "/bin/sh")
        #expect(kind.arguments == ["-c", "exit $0", "3"])
        #expect(kind.summary == "Resizes")
        #expect(kind.timeout == .seconds(5_400))
        #expect(kind.attempts == 3)
        #expect(kind.memory == ByteCount(512_000_000))
        #expect(kind.cpu == .seconds(300))
        #expect(kind.largestFile == .gibibytes(2))
        #expect(kind.largestOutput == .kibibytes(64))
        #expect(!kind.networkAllowed)
        #expect(kind.environment == ["KEY": "value"])
    }

    @Test("most settings may be left out")
    func short() throws {
        let kind = try #require(try kinds(#"[{"kind": "a", "command": ["/bin/sh"]}]"#).first)
        #expect(kind.summary == "Runs sh")
        #expect(kind.timeout == .seconds(600))
        #expect(kind.attempts == 5)
        #expect(kind.memory == nil)
        #expect(kind.largestOutput == .mebibytes(1))
        #expect(kind.networkAllowed)
        #expect(kind.environment.isEmpty)
    }

    @Test(
        "a mistake is named with its kind and its field",
        arguments: [
            (#"{"command": ["sh"]}"#, "exec, entry 1, kind: is missing"),
            (#"{"kind": "Resize Image", "command": ["sh"]}"#, "exec, entry 1, kind: 'Resize Image' is no name"),
            (#"{"kind": "a"}"#, "exec, 'a', command: is missing"),
            (#"{"kind": "a", "command": "sh -c true"}"#, "exec, 'a', command: takes a list"),
            (#"{"kind": "a", "command": []}"#, "exec, 'a', command: is missing"),
            (#"{"kind": "a", "command": ["no-such-program"]}"#, "the program no-such-program is not on PATH"),
            (#"{"kind": "a", "command": ["/no/such/program"]}"#, "the program /no/such/program is not there"),
            (#"{"kind": "a", "command": ["/usr/bin"]}"#, "the program /usr/bin is not there"),
            (#"{"kind": "a", "command": ["/etc/passwd"]}"#, "the program /etc/passwd is not there or may not be run"),
            (#"{"kind": "a", "command": ["./run"]}"#, "'./run' must be an absolute path"),
            (#"{"kind": "a", "command": ["sh"], "timeout": "5 apples"}"#, "exec, 'a', timeout: '5 apples' is no time"),
            (#"{"kind": "a", "command": ["sh"], "timeout": "0s"}"#, "timeout: '0s' is no time from 1s"),
            (#"{"kind": "a", "command": ["sh"], "memory": "lots"}"#, "exec, 'a', memory: 'lots' is no size"),
            (#"{"kind": "a", "command": ["sh"], "memory": "1KB"}"#, "'1KB' is no size from 16.0 MiB"),
            (#"{"kind": "a", "command": ["sh"], "max_output": "1GB"}"#, "max_output: '1GB' is no size"),
            (#"{"kind": "a", "command": ["sh"], "attempts": 0}"#, "exec, 'a', attempts: '0' is no whole number from 1"),
            (#"{"kind": "a", "command": ["sh"], "network": "maybe"}"#, "network: 'maybe' is neither true nor false"),
            (
                #"{"kind": "a", "command": ["sh"], "environment": ["A=b"]}"#,
                "environment: 'A=b' is no name of a variable"
            ),
            (#"{"kind": "a", "command": ["sh"], "retries": 3}"#, "exec, 'a', retries: there is no such setting"),
            (#"{"kind": "taken", "command": ["sh"]}"#, "there is a kind of this name already"),
        ])
    func mistakes(entry: String, message: String) throws {
        let error = #expect(throws: CommandSettingsError.self) { try kinds("[\(entry)]", besides: ["taken"]) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test("two entries of one name are refused")
    func twice() {
        let error = #expect(throws: CommandSettingsError.self) {
            try kinds(#"[{"kind": "a", "command": ["sh"]}, {"kind": "a", "command": ["sh"]}]"#)
        }
        #expect(error?.message.contains("exec, 'a', kind") == true)
    }

    @Test("only objects are taken as input, and equal ones are equal texts")
    func validation() throws {
        let kind = try #require(try kinds(#"[{"kind": "a", "command": ["sh"]}]"#).first).jobKind
        #expect(try kind.validate(.init(trusted: #"{"b": 1, "a": [true, null]}"#)).text == #"{"a":[true,null],"b":1}"#)
        for wrong in ["[1]", "1", "\"x\"", "{", ""] {
            #expect(throws: (any Error).self) { try kind.validate(.init(trusted: wrong)) }
        }
    }

    @Test("the workload checks each program")
    func checks() async throws {
        let workload = CommandWorkload.workload(try kinds(#"[{"kind": "a", "command": ["sh"]}]"#))
        #expect(workload.kinds.map(\.name) == ["a"])
        #expect(workload.checks.map(\.name) == ["exec a"])
        #expect(try await workload.checks.first?.run().hasSuffix("/sh") == true)
    }
}
