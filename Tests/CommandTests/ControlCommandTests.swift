import ArgumentParser
import Foundation
import Model
import Testing

@testable import suisha

@Suite("Queues, schedules and submissions on the command line (C2)")
struct ControlCommandTests {
    private static let queue = #"{"kind":"echo","mode":"paused","states":{"parked":2,"ready":1,"blocked":4}}"#
    private static let cap = #"{"key":"a","slots":2,"taken":1,"waiting":0,"shared":false}"#
    private static let schedule = """
        {"name":"n","kind":"echo","input":{},"priority":0,"cron":"@daily","time_zone":"UTC","missed":"latest",\
        "paused":false,"next_at":"2026-03-01T00:00:00.000Z"}
        """

    /// Runs a command against a server that answers `reply`, and returns what it sent.
    @discardableResult
    private func run(
        _ arguments: [String], _ reply: ScriptedServer.Reply
    ) async throws -> [ScriptedServer.Request] {
        try await ScriptedServer.with { _, _ in
            reply
        } _: { server, root in
            let words = arguments + ["--server", root, "--http-token-file", "/nonexistent"]
            var command = try #require(try SuishaCommand.parseAsRoot(words) as? any AsyncParsableCommand)
            try await command.run()
            return server.received
        }
    }

    /// A command, the call that it makes, the body that it sends, and what the server answers.
    struct Call: Sendable {
        let command: String
        let call: String
        var body: String = ""
        let answer: String
    }

    private static let queueCalls: [Call] = [
        Call(command: "queues list", call: "GET /api/v1/queues", answer: items(queue)),
        Call(command: "queues", call: "GET /api/v1/queues", answer: items("")),
        Call(command: "queues pause a/b", call: "POST /api/v1/queues/a%2Fb/pause", answer: queue),
        Call(command: "queues resume echo", call: "POST /api/v1/queues/echo/resume", answer: queue),
        Call(command: "queues drain echo", call: "POST /api/v1/queues/echo/drain", answer: queue),
        Call(command: "queues caps", call: "GET /api/v1/caps", answer: items(cap)),
        Call(command: "queues caps list", call: "GET /api/v1/caps", answer: items("")),
        Call(command: "queues caps set a:b 2", call: "PUT /api/v1/caps/a%3Ab", body: #"{"slots":2}"#, answer: cap),
        Call(command: "queues limits", call: "GET /api/v1/limits", answer: #"{"weight":1,"slots":null}"#),
    ]

    private static let scheduleCalls: [Call] = [
        Call(command: "schedules list", call: "GET /api/v1/schedules", answer: items(schedule)),
        Call(command: "schedules", call: "GET /api/v1/schedules", answer: items("")),
        Call(command: "schedules show n", call: "GET /api/v1/schedules/n", answer: schedule),
        Call(command: "schedules pause n", call: "POST /api/v1/schedules/n/pause", answer: schedule),
        Call(command: "schedules resume n", call: "POST /api/v1/schedules/n/resume", answer: schedule),
        Call(command: "schedules run n", call: "POST /api/v1/schedules/n/run", answer: job),
        Call(
            command: "schedules next n --count 1", call: "GET /api/v1/schedules/n/next?count=1",
            answer: items(#"{"at":"2026-03-01T00:00:00.000Z","local":"2026-03-01 00:00:00+0000"}"#)),
        Call(
            command: "schedules put n --kind echo --cron @daily --input {} --time-zone UTC --missed skip --priority 3",
            call: "PUT /api/v1/schedules/n",
            body: #"{"cron":"@daily","input":{},"kind":"echo","missed":"skip","priority":3,"time_zone":"UTC"}"#,
            answer: schedule),
    ]

    private static let jobCalls: [Call] = [
        Call(
            command: #"jobs retry j --input {"a":1}"#, call: "POST /api/v1/jobs/j/retry", body: #"{"input":{"a":1}}"#,
            answer: job),
        Call(command: "jobs retry j", call: "POST /api/v1/jobs/j/retry", answer: job),
        Call(
            command: """
                jobs submit echo --input {"a":1} --priority 4 --delay 1h30m --expires 1d --needs a,b --needs c \
                --when-need-fails run --cap x:y=2
                """,
            call: "POST /api/v1/jobs",
            body: """
                {"caps":{"x:y":2},"delay_ms":5400000,"expires_in_ms":86400000,"input":{"a":1},"kind":"echo",\
                "needs":["a","b","c"],"priority":4,"when_need_fails":"run"}
                """, answer: job),
        Call(
            command: "jobs submit echo --input {} --run-at 2026-12-24T08:00:00Z", call: "POST /api/v1/jobs",
            body: #"{"input":{},"kind":"echo","run_at":"2026-12-24T08:00:00.000Z"}"#, answer: job),
    ]

    private static let everyCall: [Call] = [queueCalls, scheduleCalls, jobCalls].flatMap(\.self)

    private static func items(_ item: String) -> String { #"{"items":[\#(item)]}"# }

    @Test("each command makes its call", arguments: everyCall)
    func calls(call: Call) async throws {
        let words = call.command.split(separator: " ").map(String.init)
        for arguments in [words, words + ["--json"]] {
            let sent = try await run(arguments, .init(body: call.answer))
            #expect(sent.map { "\($0.method) \($0.uri)" } == [call.call])
            #expect(String(decoding: sent.first?.body ?? [], as: UTF8.self) == call.body)
        }
    }

    private static let job = JobWatchTests.job("ready")

    @Test("a schedule is removed, which has no answer to print")
    func remove() async throws {
        let sent = try await run(["schedules", "remove", "n"], .init(status: 200))
        #expect(sent.map { "\($0.method) \($0.uri)" } == ["DELETE /api/v1/schedules/n"])
    }

    @Test("keys are sent as headers")
    func keys() async throws {
        for words in [["jobs", "submit", "echo", "--input", "{}"], ["schedules", "run", "n"]] {
            let sent = try await run(words + ["--key", "k1"], .init(body: Self.job))
            #expect(sent.first?.headers["idempotency-key"] == "k1")
        }
    }

    @Test("limits that are not named stay as they are")
    func limits() async throws {
        let before = ScriptedServer.Reply(body: #"{"weight":3,"slots":4}"#)
        let slots = try await run(["queues", "limits", "set", "--slots", "none"], before)
        #expect(slots.map { String(decoding: $0.body, as: UTF8.self) } == ["", #"{"weight":3}"#])
        let weight = try await run(["queues", "limits", "set", "--weight", "9"], before)
        #expect(weight.map { String(decoding: $0.body, as: UTF8.self) } == ["", #"{"slots":4,"weight":9}"#])
    }

    @Test(
        "what the server refuses ends with its own exit status",
        arguments: [
            ("queues pause x", 404, 1), ("jobs submit x --input {}", 503, 75), ("schedules list", 401, 77),
        ] as [(String, Int, Int32)])
    func refusals(command: String, status: Int, exit: Int32) async throws {
        let words = command.split(separator: " ").map(String.init)
        let error = await #expect(throws: ExitCode.self) {
            try await run(words, .init(status: status, body: #"{"detail":"Because."}"#))
        }
        #expect(error?.rawValue == exit)
    }

    @Test(
        "wrong arguments are refused before anything is sent",
        arguments: [
            "jobs submit", "jobs submit echo", "jobs submit echo --input {} --delay soon",
            "jobs submit echo --input {} --run-at tomorrow", "jobs submit echo --input {} --cap a",
            "jobs submit echo --input {} --cap a=0", "queues pause", "queues caps set a", "queues caps set a b",
            "queues limits set", "queues limits set --slots many", "schedules put n --kind echo --input {}",
            "jobs submit echo --input {} --delay 1s --run-at 2026-12-24T08:00:00Z",
        ])
    func wrong(command: String) {
        #expect(throws: (any Error).self) {
            try SuishaCommand.parseAsRoot(command.split(separator: " ").map(String.init))
        }
    }

    @Test("an input is a file, standard input or the document; what is no JSON is refused")
    func inputs() async throws {
        try await ServerClientTests.withFile("i.json", Data(#"{"b":1,"a":2}"#.utf8)) { path in
            let input = try JSONInput.read(path)
            #expect(input.text == #"{"a":2,"b":1}"#)
        }
        #expect(try JSONInput.read(#"{"a":1}"#).text == #"{"a":1}"#)
        #expect(try JSONInput.read("-", standardInput: { Data("[1]".utf8) }).text == "[1]")
        for (text, input) in [("/nonexistent", ""), ("/tmp", ""), ("-", ""), ("-", "{"), ("{a}", "")] {
            let failure = #expect(throws: CommandFailure.self) {
                try JSONInput.read(text, standardInput: { Data(input.utf8) })
            }
            #expect(failure?.status == .noInput)
        }
    }

    @Test("tables say what matters")
    func tables() throws {
        let queues = try JSONDecoder().decode([QueueDocument].self, from: Data("[\(Self.queue)]".utf8))
        #expect(
            QueueText.table(queues) == """
                KIND  MODE    WAITING  RUNNING  LATER  OLDEST WAITING
                echo  paused  3        0        4      -

                """)
        let schedules = try JSONDecoder().decode([ScheduleDocument].self, from: Data("[\(Self.schedule)]".utf8))
        #expect(ScheduleText.table(schedules).contains("n     echo  @daily  UTC   2026-03-01T00:00:00.000Z  -\n"))
        #expect(QueueText.text(.init(weight: 2, slots: nil)) == "weight  2\nslots   no bound\n")
    }
}
