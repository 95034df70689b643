import Foundation
import Model
import Testing

/// Every state with every event, against the table of `docs/engine.md`, read from the document itself.
@Suite("A2: the states of a job")
struct JobLifecycleTests {
    /// Every event as its owner, and with another epoch where it carries one.
    private static let events: [(name: String, event: JobLifecycle.Event)] = [
        ("due", .due), ("unblocked", .unblocked), ("promote", .promote), ("park", .park), ("claim", .claim),
        ("succeed", .succeed(epoch: 7)), ("fail for good", .fail(epoch: 7, retryable: false)),
        ("fail", .fail(epoch: 7, retryable: true)), ("stop", .stop(epoch: 7)), ("hand back", .handBack(epoch: 7)),
        ("lose worker", .loseWorker), ("cancel", .cancel), ("expire", .expire), ("replay", .replay),
    ]

    private static func job(in state: JobState, attempt: Int = 1, lost: Int = 0) -> JobLifecycle {
        JobLifecycle(state: state, epoch: 7, attempt: attempt, lost: lost, maxAttempts: 5)
    }

    /// The arrows of the table in `docs/engine.md`: state, event, next state.
    private static func documented() throws -> Set<[String]> {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/engine.md")
        let text = try String(contentsOf: file.standardizedFileURL, encoding: .utf8)
        let rows = text.matches(of: /\| `([a-z]+)` \| ([a-z ]+) \| `([a-z]+)` \|/)
        return Set(rows.map { [String($0.1), String($0.2), String($0.3)] })
    }

    @Test("the code has the arrows of the document and no other")
    func arrowsAreDocumented() throws {
        var found: Set<[String]> = []
        for state in JobState.allCases {
            for (name, event) in Self.events {
                var job = Self.job(in: state)
                if case .moved(let next) = job.handle(event) { found.insert([state.rawValue, name, next.rawValue]) }
            }
        }
        var documented = try Self.documented()
        // Two arrows depend on a counter; they have tests of their own.
        #expect(documented.remove(["leased", "fail the last time", "dead"]) != nil)
        #expect(documented.remove(["leased", "lose worker the third time", "dead"]) != nil)
        #expect(found == documented)
        #expect(found.count > 20)
    }

    @Test("the picture in the document has the same arrows as its table")
    func pictureMatchesTable() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/engine.md")
        let text = try String(contentsOf: file.standardizedFileURL, encoding: .utf8)
        let drawn = Set(
            text.matches(of: /\n    ([a-z]+) --> ([a-z]+): ([a-z ]+)/).map {
                [String($0.1), String($0.3), String($0.2)]
            })
        #expect(drawn == (try Self.documented()))
    }

    @Test("a refused event changes nothing", arguments: JobState.allCases)
    func refusalChangesNothing(state: JobState) {
        for (_, event) in Self.events {
            let before = Self.job(in: state)
            var after = before
            switch after.handle(event) {
            case .moved: continue
            case .refused, .refusedStaleEpoch, .askOwnerToStop: #expect(after == before)
            }
        }
    }

    @Test("a caller with another epoch is refused", arguments: [Int64(6), 8, 0])
    func staleEpochIsRefused(epoch: Int64) {
        for event in [
            JobLifecycle.Event.succeed(epoch: epoch), .fail(epoch: epoch, retryable: true), .stop(epoch: epoch),
            .handBack(epoch: epoch),
        ] {
            var job = Self.job(in: .leased)
            #expect(job.handle(event) == .refusedStaleEpoch)
            #expect(job == Self.job(in: .leased))
        }
    }

    @Test("the last attempt that fails is the end")
    func lastAttemptIsTheEnd() {
        var job = Self.job(in: .leased, attempt: 5)
        #expect(job.handle(.fail(epoch: 7, retryable: true)) == .moved(to: .dead))
    }

    @Test("a job whose worker vanished three times is poison")
    func poison() {
        var job = Self.job(in: .leased, lost: 2)
        #expect(job.handle(.loseWorker) == .moved(to: .dead))
    }

    @Test("claiming raises epoch and attempt; handing back refunds the attempt, never the epoch")
    func handBackRefundsTheAttempt() {
        var job = Self.job(in: .ready)
        #expect(job.handle(.claim) == .moved(to: .leased))
        #expect((job.epoch, job.attempt) == (8, 2))
        #expect(job.handle(.handBack(epoch: 8)) == .moved(to: .parked))
        #expect((job.epoch, job.attempt) == (8, 1))
    }

    @Test(
        "a job that runs again keeps its epoch and starts counting anew",
        arguments: [JobState.dead, .canceled, .expired])
    func replay(state: JobState) {
        var job = Self.job(in: state, attempt: 5, lost: 3)
        #expect(job.handle(.replay) == .moved(to: .scheduled))
        #expect((job.epoch, job.attempt, job.lost) == (7, 0, 0))
    }

    @Test("cancelling a running job asks its owner")
    func cancelAsksTheOwner() {
        var job = Self.job(in: .leased)
        #expect(job.handle(.cancel) == .askOwnerToStop)
    }
}
