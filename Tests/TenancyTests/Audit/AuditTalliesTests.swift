import Endpoints
import Model
import Testing

@testable import Tenancy

@Suite("What is an entry of its own and what is counted (B8)")
struct AuditTalliesTests {
    private let start = ContinuousClock.now
    private let time = Timestamp(microseconds: 1_772_000_000_000_000)
    private let caller = Caller.server(in: WorkspaceID())

    private func take(
        _ deed: AuditDeed, into tallies: inout AuditTallies, after: Duration = .zero, hasRoom: Bool = true
    ) -> AuditTallies.Verdict {
        tallies.take(deed, at: start + after, time: time + after, hasRoom: hasRoom)
    }

    @Test("the first of a minute are written, the rest is one entry when the minute is over")
    func minute() throws {
        var tallies = AuditTallies(capacity: 10)
        for number in 0..<AuditTallies.alone {
            #expect(take(AuditDeed("a", by: caller, to: ["\(number)"]), into: &tallies) == .write)
        }
        for (number, after) in [(0, Duration.seconds(1)), (1, .seconds(59))] {
            #expect(take(AuditDeed("a", by: caller, to: ["x\(number)"]), into: &tallies, after: after) == .counted)
        }
        #expect(tallies.end(at: start + .seconds(59)).isEmpty)
        #expect(!tallies.hasDue(at: start + .seconds(59)) && tallies.hasDue(at: start + .seconds(60)))
        let ended = tallies.end(at: start + .seconds(60))
        #expect(ended.count == 1)
        let record = try #require(ended.first).record
        #expect(record.action == "a" && record.outcome == .done && record.target == nil)
        #expect(
            try record.detail.decode([String: String].self) == [
                "times": "2", "items": "2", "first": "x0", "last": "x1",
                "since": (time + .seconds(1)).description, "until": (time + .seconds(59)).description,
            ])
        // The next minute begins anew.
        #expect(take(AuditDeed("a", by: caller), into: &tallies, after: .seconds(61)) == .write)
        #expect(tallies.end(at: nil).isEmpty)
    }

    @Test("one that was counted alone is told as it was")
    func single() throws {
        var tallies = AuditTallies(capacity: 10)
        #expect(take(AuditDeed("a", by: caller, to: ["x"]), into: &tallies, hasRoom: false) == .counted)
        #expect(tallies.end(at: nil).first?.record == AuditRecord("a", by: caller, target: "x"))
    }

    @Test("of refusals that anybody may cause, one is written and the rest counted, by caller, action and target")
    func refusals() throws {
        var tallies = AuditTallies(capacity: 10)
        let (one, two) = (APIKeyID().description, APIKeyID().description)
        func deed(_ key: String) -> AuditDeed {
            AuditDeed("key.use", refusedTo: caller, to: [key], reason: "revoked", isCounted: true, apart: key)
        }
        #expect([one, two, one].map { take(deed($0), into: &tallies) } == [.write, .write, .counted])
        for _ in 0..<9 { #expect(take(deed(one), into: &tallies) == .counted) }
        let ended = tallies.end(at: nil)
        #expect(ended.map(\.record.target) == [one])
        let detail = try #require(ended.first).record.detail.decode([String: String].self)
        #expect(detail["times"] == "10" && detail["reason"] == "revoked" && detail["items"] == nil)
    }

    @Test("two keys of one person, two workspaces and two outcomes are counted apart")
    func apart() {
        var tallies = AuditTallies(capacity: 100)
        let user = UserID()
        func deed(_ workspace: WorkspaceID, _ key: APIKeyID?) -> AuditDeed {
            AuditDeed(
                "a",
                refusedTo: Caller(Principal(actor: .user(user), workspace: workspace, permissions: [], key: key)),
                reason: "no", isCounted: true)
        }
        let (here, there, key) = (WorkspaceID(), WorkspaceID(), APIKeyID())
        for deed in [deed(here, nil), deed(there, nil), deed(here, key), deed(here, APIKeyID())] {
            #expect(take(deed, into: &tallies) == .write)
        }
        #expect(take(deed(here, key), into: &tallies) == .counted)
    }

    @Test("with more callers than can be told apart, deeds are written while there is room, and no more is kept")
    func full() {
        var tallies = AuditTallies(capacity: 3)
        for _ in 0..<3 { #expect(take(AuditDeed("a", by: .server(in: WorkspaceID())), into: &tallies) == .write) }
        let other = Caller.server(in: WorkspaceID())
        #expect(take(AuditDeed("a", by: other), into: &tallies) == .write)
        #expect(take(AuditDeed("a", by: other), into: &tallies, hasRoom: false) == .lost)
        #expect(take(AuditDeed("a", refusedTo: other, reason: "no", isCounted: true), into: &tallies) == .lost)
        // There is room again when a minute is over.
        #expect(tallies.end(at: start + .seconds(60)).isEmpty)
        #expect(take(AuditDeed("a", refusedTo: other, reason: "no", isCounted: true), into: &tallies) == .write)
    }
}
