import Conformance
import Endpoints
import Foundation
import Model
import Testing

@testable import Live

@Suite("C2: what happens is read once and told to everybody")
struct HubTests {
    private let journal = ScriptedJournal()
    private var caller: TestCaller { TestCaller(journal.workspace) }

    @Test("a subscription is answered with its position first, then come events in order, then nothing is left out")
    func follows() async throws {
        let id = journal.submit()
        try await withHub(journal) { [journal, caller] hub in
            try await TestClient.with(hub, caller) { client in
                client.subscribe(.job(id))
                let answer = try await client.next()
                #expect(answer.type == "answer" && answer.id == "s" && answer.status == 200)
                #expect(answer.recovered == false && answer.start == 1)
                #expect(answer.data?["snapshot"]?["id"] == .string(id.description))
                journal.log(["one", "two"], to: id)
                let events = try await client.messages { $0.line == "two" }
                #expect(events.map(\.seq) == [2, 3])
                #expect(events.allSatisfy { $0.stream == "job:\(id)" && $0.epoch == "1" && $0.type == "job:log" })
            }
        }
    }

    @Test("a position is answered even when nothing has happened in the stream")
    func emptyStream() async throws {
        try await withHub(journal) { [caller] hub in
            try await TestClient.with(hub, caller) { client in
                client.subscribe(.system)
                try await client.expect { $0.start == 0 }
                hub.notify(LiveNotice(.info, code: "test", message: "A test."))
                let notice = try await client.next()
                #expect(notice.type == "system:notification" && notice.seq == 1)
                #expect(notice.data?["code"] == "test")
            }
        }
    }

    @Test(
        "a reader that comes back gets exactly what it missed; beyond 500 events a snapshot",
        arguments: [0, 1, 499, 500, 501])
    func resumes(missed: Int) async throws {
        let id = journal.submit()
        journal.log((0..<missed).map { "line \($0)" }, to: id)
        try await withHub(journal) { [journal, caller] hub in
            try await TestClient.with(hub, caller) { client in
                client.subscribe(.job(id), after: "1:1")
                let answer = try await client.next()
                #expect(answer.recovered == (missed <= StreamState.capacity))
                journal.log(["last"], to: id)
                let events = try await client.messages { $0.line == "last" }
                let first = missed <= StreamState.capacity ? 2 : Int64(missed) + 2
                #expect(events.map(\.seq) == Array(first...Int64(missed) + 2))
            }
        }
    }

    @Test(
        "positions of another numbering, and of a future that never was, begin with a snapshot",
        arguments: ["x:1", "1:99"])
    func strangePositions(position: String) async throws {
        let id = journal.submit()
        try await withHub(journal) { [caller] hub in
            try await TestClient.with(hub, caller) { client in
                client.subscribe(.job(id), after: position)
                let answer = try await client.next()
                #expect(answer.recovered == false && answer.start == 1)
            }
        }
    }

    @Test("a storm of readers who come back costs one reading")
    func storm() async throws {
        let id = journal.submit()
        journal.log((0..<100).map { "line \($0)" }, to: id)
        try await withHub(journal) { [journal, caller] hub in
            try await TestClient.with(hub, caller) { first in
                first.subscribe(.job(id))
                _ = try await first.next()
                let before = journal.reads
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<300 {
                        group.addTask {
                            try await TestClient.with(hub, TestCaller(journal.workspace)) { client in
                                client.subscribe(.job(id), after: number % 2 == 0 ? "1:51" : "1:\(number % 90)")
                                let answer = try await client.next()
                                #expect(answer.recovered == true)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(journal.reads == before)
            }
        }
    }

    @Test("everybody gets the same bytes")
    func sharedFrames() async throws {
        let id = journal.submit()
        try await withHub(journal) { [journal, caller] hub in
            try await TestClient.with(hub, caller) { one in
                try await TestClient.with(hub, TestCaller(journal.workspace)) { other in
                    for client in [one, other] {
                        client.subscribe(.job(id))
                        _ = try await client.next()
                    }
                    journal.log(["shared"], to: id)
                    let frames = (await one.transport.next(), await other.transport.next())
                    #expect(frames.0 === frames.1 && frames.0 != nil)
                }
            }
        }
    }

    @Test("progress comes at most four times a second and the latest wins; it has no number")
    func progress() async throws {
        let id = journal.submit(.leased)
        try await withHub(journal) { [journal, caller] hub in
            try await TestClient.with(hub, caller) { client in
                client.subscribe(.job(id))
                _ = try await client.next()
                let started = ContinuousClock.now
                for percent in 1...100 {
                    journal.progress(Double(percent), of: id)
                    await Task.yield()
                }
                let ticks = try await client.messages { $0.data?["progress"]?["percent"] == .integer(100) }
                let seconds = (ContinuousClock.now - started) / .seconds(1)
                #expect(Double(ticks.count) <= seconds * 4 + 1)
                #expect(ticks.allSatisfy { $0.seq == nil && $0.type == "job:progress" })
            }
        }
    }

    @Test("lost wake-ups heal, and a database that is away for a while loses nothing")
    func heals() async throws {
        let id = journal.submit()
        try await withHub(journal) { [journal, caller] hub in
            try await TestClient.with(hub, caller) { client in
                client.subscribe(.job(id))
                _ = try await client.next()
                journal.setMute(true)
                journal.log(["unheard"], to: id)
                journal.setMute(false)
                journal.heal()
                try await client.expect { $0.line == "unheard" }
                journal.setAway(true)
                journal.log(["while away"], to: id)
                try await eventually("it was tried") { journal.reads > 0 }
                journal.setAway(false)
                try await client.expect { $0.line == "while away" }
            }
        }
    }

    @Test("a list gets each changed job with its latest state, numbered within an epoch")
    func list() async throws {
        let first = journal.submit()
        try await withHub(journal) { [journal, caller] hub in
            try await TestClient.with(hub, caller) { client in
                client.subscribe(.jobs(journal.workspace))
                let answer = try await client.next()
                #expect(answer.start == 0 && answer.recovered == false)
                let second = journal.submit()
                journal.move(first, to: .leased)
                journal.move(first, to: .succeeded)
                var latest: [String: (Int64, String)] = [:]
                var seqs: [Int64] = []
                while latest[first.description]?.1 != "succeeded" || latest[second.description] == nil {
                    let event = try await client.next()
                    seqs.append(try #require(event.seq))
                    guard case .string(let id)? = event.data?["id"], case .string(let state)? = event.data?["state"],
                        case .integer(let position)? = event.data?["position"]
                    else { throw NeverHappened("a job in the event") }
                    #expect(position > latest[id]?.0 ?? 0)
                    latest[id] = (position, state)
                }
                #expect(seqs == Array(1...Int64(seqs.count)))
                // Changes that nobody announced are found by comparing.
                journal.setMute(true)
                journal.move(second, to: .canceled)
                journal.setMute(false)
                journal.heal()
                try await client.expect { $0.type == "job:complete" }
            }
        }
    }

    @Test("nothing of another workspace can be listened to")
    func otherWorkspaces() async throws {
        let id = journal.submit()
        try await withHub(journal) { [journal] hub in
            try await TestClient.with(hub, TestCaller(WorkspaceID())) { client in
                for stream in [LiveStreamName.job(id), .jobs(journal.workspace), .job(JobID())] {
                    client.subscribe(stream)
                    let answer = try await client.next()
                    #expect(answer.status == 404)
                }
            }
            try await eventually("nothing is read for nobody") { hub.streamCount == 0 }
        }
    }

    @Test("a stream ends a while after its last reader, and with its job")
    func ends() async throws {
        let (kept, removed) = (journal.submit(), journal.submit())
        try await withHub(journal, linger: .milliseconds(1)) { [journal, caller] hub in
            try await TestClient.with(hub, caller) { client in
                client.subscribe(.job(kept))
                _ = try await client.next()
                client.subscribe(.job(removed))
                _ = try await client.next()
                #expect(hub.streamCount == 2)
                journal.remove(removed)
                try await client.expect { $0.type == "resync" }
                client.subscribe(.job(removed))
                try await client.expect { $0.status == 404 }
            }
            try await eventually("it is let go of") { hub.streamCount == 0 }
        }
    }
}
