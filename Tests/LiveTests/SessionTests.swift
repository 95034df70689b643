import Conformance
import Endpoints
import Foundation
import Model
import Testing

@testable import Live

@Suite("C2: one live connection", .timeLimit(.minutes(2)))
struct SessionTests {
    private let journal = ScriptedJournal()

    private func withClient(
        limit: Int = 1_048_576, patience: Duration = .seconds(30),
        _ body: @escaping @Sendable (TestClient, TestCaller, ScriptedJournal) async throws -> Void
    ) async throws -> LiveClose? {
        let caller = TestCaller(journal.workspace)
        let journal = journal
        nonisolated(unsafe) var close: LiveClose?  // Written once, before the hub's task ends and this reads it.
        try await withHub(journal) { hub in
            close = try await TestClient.with(hub, caller, limit: limit, patience: patience) {
                try await body($0, caller, journal)
            }
        }
        return close
    }

    @Test("each message has exactly one answer, with its id; commands go to the operation of the API")
    func commands() async throws {
        let id = JobID()
        _ = try await withClient { client, caller, _ in
            client.send(#"{"type":"job:start","id":"a","body":{"kind":"echo","input":{}},"idempotency_key":"k"}"#)
            try await client.expect { $0.data?["kind"] == "echo" }
            client.send(#"{"type":"job:cancel","id":"b","job":"\#(id)"}"#)
            try await client.expect { $0.id == "b" }
            client.send(#"{"type":"settings:update","id":"c\"\\","body":{"name":"New"}}"#)
            try await client.expect { $0.id == "c\"\\" }
            client.send(#"{"type":"unsubscribe","id":"d","stream":"system"}"#)
            try await client.expect { $0.status == 200 }
            #expect(caller.commands.map(\.operation) == ["submitJob", "cancelJob", "renameWorkspace"])
            #expect(caller.commands[0].idempotencyKey == "k")
            #expect(caller.commands[1].path == ["id": id.description])
            #expect(client.transport.total == 4)
        }
    }

    @Test(
        "what is not of the declared form is refused, and the connection goes on",
        arguments: [
            ("nonsense", nil), ("", nil), ("[]", nil), (#"{"type":"subscribe"}"#, nil),
            (#"{"type":"subscribe","id":7,"stream":"system"}"#, nil),
            (#"{"type":"subscribe","id":"","stream":"system"}"#, nil),
            (#"{"type":"fly","id":"x"}"#, "x"), (#"{"type":"subscribe","id":"x"}"#, "x"),
            (#"{"type":"subscribe","id":"x","stream":"job:1"}"#, "x"),
            (#"{"type":"subscribe","id":"x","stream":"system","more":1}"#, "x"),
            (#"{"type":"subscribe","id":"x","id":"y","stream":"system"}"#, nil),
            (#"{"type":"subscribe","id":"x","stream":"system","seq":-1}"#, "x"),
            (#"{"type":"subscribe","id":"x","stream":"system","seq":1.0}"#, "x"),
            (#"{"type":"job:cancel","id":"x","job":"job_1"}"#, "x"),
        ] as [(String, String?)])
    func refusals(text: String, id: String?) async throws {
        _ = try await withClient { client, _, _ in
            client.send(text)
            let answer = try await client.next()
            #expect(answer.type == "answer" && answer.id == id)
            #expect([400, 422].contains(answer.status))
            #expect(answer.problem != nil)
            client.subscribe(.system)
            try await client.expect { $0.status == 200 }
        }
    }

    @Test("a connection listens to a bounded number of streams")
    func subscriptions() async throws {
        _ = try await withClient { client, _, journal in
            for number in 0...LiveSession.maximumSubscriptions {
                client.subscribe(.job(journal.submit()))
                let status = try await client.next().status
                #expect(status == (number < LiveSession.maximumSubscriptions ? 200 : 429))
            }
        }
    }

    @Test("who loses the session or the right to listen is let go with 4401 or 4403", arguments: [401, 403])
    func rights(status: Int) async throws {
        let close = try await withClient { client, caller, _ in
            client.subscribe(.system)
            _ = try await client.next()
            // A database that is away takes nobody's rights.
            caller.refuse(Problem(.unavailable, "away"))
            caller.refuse(Problem(status == 401 ? .unauthenticated : .forbidden, "gone"))
            #expect(await client.transport.next() == nil)
        }
        #expect(close == (status == 401 ? .signedOut : .forbidden))
    }

    @Test("a server that stops says when to come back, and closes with 1012")
    func restart() async throws {
        let caller = TestCaller(journal.workspace)
        try await withHub(journal) { hub in
            let close = try await TestClient.with(hub, caller, stopping: { .milliseconds(700) }) { client in
                let message = try await client.next()
                #expect(message.type == "reconnect" && message.afterMilliseconds == 700)
            }
            #expect(close == .restarting)
        }
    }

    @Test("a slow reader that catches up loses nothing, and nobody waits for it")
    func slowReader() async throws {
        let id = journal.submit()
        _ = try await withClient(limit: 70_000) { client, caller, journal in
            client.subscribe(.job(id))
            _ = try await client.next()
            let lines = (0..<400).map { "line \($0) " + String(repeating: "x", count: 500) }
            for start in stride(from: 0, to: 400, by: 20) { journal.log(Array(lines[start..<start + 20]), to: id) }
            try await eventually("it is full") { client.transport.queuedBytes > 60_000 }
            let events = try await client.messages { $0.line == lines.last }
            #expect(events.map(\.line) == lines)
            #expect(events.map(\.seq) == Array(2...401))
        }
    }

    @Test("a reader that falls behind what is kept is told to subscribe again, and gets a snapshot")
    func resync() async throws {
        let id = journal.submit()
        _ = try await withClient(limit: 70_000) { client, _, journal in
            client.subscribe(.job(id))
            _ = try await client.next()
            let filler = String(repeating: "x", count: 500)
            for start in stride(from: 0, to: 1_000, by: 50) {
                journal.log((start..<start + 50).map { "line \($0) \(filler)" }, to: id)
                try await eventually("it is published") { client.transport.queuedBytes > 0 }
            }
            journal.log(["last"], to: id)
            var events = try await client.messages { $0.type == "resync" || $0.line == "last" }
            #expect(events.removeLast().type == "resync")
            #expect(events.map(\.seq) == Array(2...Int64(events.count) + 1))
            client.subscribe(.job(id), after: "1:\(events.count + 1)")
            let answer = try await client.next()
            #expect(answer.recovered == false && answer.start == 1_002)
        }
    }

    @Test("a reader that takes little, but steadily, is waited for, however often its time runs out")
    func steadyReader() async throws {
        let id = journal.submit()
        let close = try await withClient(limit: 1_048_576, patience: .seconds(3)) { client, _, journal in
            client.subscribe(.job(id))
            _ = try await client.next()
            let filler = String(repeating: "x", count: 10_000)
            journal.log((0..<180).map { "line \($0) \(filler)" }, to: id)
            try await eventually("it is full") { client.transport.queuedBytes > 1_000_000 }
            let clock = ContinuousClock()
            // Its time runs out meanwhile, with far more than little waiting.
            for number in 0..<40 {
                try await client.expect { $0.line?.hasPrefix("line \(number) ") == true }
                try await clock.sleep(for: .milliseconds(100))
            }
            #expect(!client.transport.isOver)
            let rest = try await client.messages { $0.line?.hasPrefix("line 179 ") == true }
            #expect(rest.map(\.seq) == Array(42...181))
        }
        #expect(close == .left)
    }

    @Test("a reader that takes nothing is let go with 4008")
    func stuckReader() async throws {
        let id = journal.submit()
        let close = try await withClient(limit: 70_000, patience: .milliseconds(50)) { client, _, journal in
            client.subscribe(.job(id))
            _ = try await client.next()
            let filler = String(repeating: "x", count: 1_000)
            journal.log((0..<200).map { "line \($0) \(filler)" }, to: id)
            try await eventually("it is let go") { client.transport.isOver }
            #expect(client.transport.queuedBytes <= 70_000)
        }
        #expect(close == .tooSlow)
    }
}
