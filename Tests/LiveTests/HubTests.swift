import Conformance
import Endpoints
import Foundation
import Model
import Testing

@testable import Live

@Suite("C2: what happens is read once and told to everybody", .timeLimit(.minutes(2)))
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
                let isCovered = missed <= StreamState.capacity
                let answer = try await client.next()
                #expect(answer.recovered == isCovered)
                // First what was missed: a new event pushes out the oldest that is kept.
                var events: [Message] = []
                while isCovered, events.count < missed { events.append(try await client.next()) }
                journal.log(["last"], to: id)
                events += try await client.messages { $0.line == "last" }
                let first = isCovered ? 2 : Int64(missed) + 2
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

    @Test("a first reading that fails halfway is begun again, and the stream works for everybody", arguments: 1...3)
    func failedOpening(page: Int) async throws {
        let id = journal.submit()
        journal.log((0..<499).map { "line \($0)" }, to: id)
        journal.failOnce(atPage: page)
        try await withHub(journal) { [journal, caller] hub in
            try await TestClient.with(hub, caller) { client in
                client.subscribe(.job(id), after: "1:0")
                var answer = try await client.next()
                let deadline = ContinuousClock.now + .seconds(30)
                while answer.status != 200, ContinuousClock.now < deadline {
                    #expect(answer.status == 503 || answer.status == 500, "\(answer)")
                    client.subscribe(.job(id), after: "1:0")
                    answer = try await client.next()
                }
                #expect(journal.hasFailed && answer.recovered == true)
                // First what is there: a new event pushes out the oldest that is kept.
                var events: [Message] = []
                while events.count < 500 { events.append(try await client.next()) }
                journal.log(["last"], to: id)
                events += try await client.messages { $0.line == "last" }
                #expect(events.map(\.seq) == Array(1...501))
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
                journal.remind()
                try await client.expect { $0.type == "job:complete" }
            }
        }
    }

    @Test(
        "after missed announcements everybody begins a list anew: a job that is older than what is compared changed as well"
    )
    func missedAnnouncements() async throws {
        let old = journal.submit(.leased)
        for _ in 0..<250 { _ = journal.submit() }
        try await withHub(journal) { [journal, caller] hub in
            try await TestClient.with(hub, caller) { client in
                client.subscribe(.jobs(journal.workspace))
                let first = try await client.next()
                journal.setMute(true)
                journal.move(old, to: .succeeded)
                journal.setMute(false)
                journal.heal()
                let resync = try await client.next()
                #expect(resync.type == "resync" && resync.epoch != nil)
                // From where it was, as clients do; what it has is of a numbering that is over.
                #expect(first.place != nil)
                client.subscribe(.jobs(journal.workspace), after: first.place)
                let second = try await client.next()
                #expect(second.recovered == false && second.place != first.place)
                // The numbers go on, and what is announced comes as ever.
                journal.move(old, to: .ready)
                let event = try await client.next()
                #expect(event.data?["id"] == .string(old.description))
                #expect(event.seq == second.start.map { $0 + 1 } && event.epoch == resync.epoch)
                // Not again and again: what is missed right after that is compared at once, and waits for the rest.
                let new = journal.submit()
                try await client.expect { $0.data?["id"] == .string(new.description) }
                journal.setMute(true)
                journal.move(new, to: .leased)
                journal.setMute(false)
                journal.heal()
                try await client.expect { $0.data?["state"] == "leased" }
            }
        }
    }

    @Test(
        "a list that begins anew between a snapshot and its first event tells the reader, whose snapshot may be too old"
    )
    func renewalWhileSubscribing() async throws {
        let stream = LiveStream(
            .jobs(journal.workspace), in: journal.workspace,
            from: WorkspaceSource(
                journal.workspace, reading: journal, descriptions: journal.descriptions, newEpoch: { "e" }))
        stream.open(StreamState(epoch: "a", seq: 7))
        let transport = TestTransport()
        let subscription = LiveSubscription(stream, for: LiveReader(transport)) {}
        stream.restart(epoch: "b")
        #expect(stream.position == LivePosition(epoch: "b", seq: 7))
        #expect(!stream.covers(LivePosition(epoch: "a", seq: 7)))
        subscription.begin(after: LivePosition(epoch: "a", seq: 7))
        try #require(transport.total == 1)
        #expect(await transport.next()?.type == "resync")
        #expect(stream.subscriberCount == 0)
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

    @Test("a stream that ends between the answer and the first event tells the reader, who would wait for ever")
    func endsWhileSubscribing() async throws {
        let id = journal.submit()
        let stream = LiveStream(
            .job(id), in: journal.workspace,
            from: JobSource(id, in: journal.workspace, reading: journal, descriptions: journal.descriptions))
        stream.open(StreamState(epoch: "1", seq: 1))
        stream.end()
        let transport = TestTransport()
        let subscription = LiveSubscription(stream, for: LiveReader(transport)) {}
        subscription.begin(after: LivePosition(epoch: "1", seq: 1))
        try #require(transport.total == 1)
        #expect(await transport.next()?.type == "resync")
        #expect(stream.subscriberCount == 0)
    }
}
