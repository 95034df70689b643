import Conformance
import Model
import Storage
import Tenancy
import Testing

@Suite("Rate limits are exact, whoever counts (B6)", .timeLimit(.minutes(3)))
struct RateWindowTests {
    @Test(
        "of many calls at once on three nodes exactly as many are admitted as the bound says",
        arguments: RateFixture.all)
    func parallel(fixture: RateFixture) async throws {
        try await fixture.withNodes { nodes in
            let bound = RateBound(calls: 37, window: .seconds(600))
            let admitted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<120 {
                    group.addTask { try await nodes[index % 3].admit("someone", within: bound).isAdmitted }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(admitted == 37)
            #expect(try await nodes[0].admit("another", within: bound).remaining == 36)
        }
    }

    @Test("what remains goes down to nothing, and a refusal says when to come back", arguments: RateFixture.all)
    func standing(fixture: RateFixture) async throws {
        try await fixture.withNodes { nodes in
            let bound = RateBound(calls: 3, window: .seconds(60))
            for remaining in [2, 1, 0] {
                let admission = try await nodes[remaining].admit("k", within: bound)
                #expect(admission.isAdmitted)
                #expect(admission.remaining == remaining)
                #expect(admission.next > .seconds(30) && admission.next <= .seconds(60))
            }
            let refused = try await nodes[0].admit("k", within: bound)
            #expect(!refused.isAdmitted && refused.remaining == 0)
            #expect(refused.next > .seconds(30) && refused.next <= .seconds(60))
            // A bound that was lowered holds for what came before.
            let lower = try await nodes[1].admit("k", within: RateBound(calls: 2, window: .seconds(60)))
            #expect(!lower.isAdmitted)
        }
    }

    @Test(
        "calls leave the window one by one: over any time no more come through than its windows allow",
        arguments: RateFixture.all)
    func trailing(fixture: RateFixture) async throws {
        try await fixture.withNodes { nodes in
            let bound = RateBound(calls: 5, window: .milliseconds(400))
            let started = ContinuousClock.now
            var admitted = 0
            var isWhole = false
            while !isWhole {
                for node in nodes where try await node.admit("k", within: bound).isAdmitted { admitted += 1 }
                // Twelve are two windows and the beginning of a third.
                isWhole = admitted >= 12
                guard ContinuousClock.now - started < .seconds(60) else { break }
            }
            let windows = (ContinuousClock.now - started).fractionalSeconds / 0.4
            #expect(admitted >= 12)
            #expect(Double(admitted) <= 5 * (windows.rounded(.down) + 1))
        }
    }

    @Test("rows that count nothing any more are removed", arguments: DatabaseFixture.all)
    func sweep(fixture: DatabaseFixture) async throws {
        try await fixture.withDatabase(migrations: Migration.all + TenancyMigrations.all) { trial in
            let windows = DatabaseRateWindows(database: trial.database)
            let bound = RateBound(calls: 1, window: .seconds(10))
            for index in 0..<20 { _ = try await windows.admit("old \(index)", within: bound) }
            trial.clock.advance(by: .seconds(11))
            for _ in 0..<480 { _ = try await windows.admit("new", within: bound) }
            let count = try await trial.database.read { connection throws(StorageError) in
                try connection.row("SELECT COUNT(*) AS rows FROM rate_window").integer("rows")
            }
            #expect(count == 1)
        }
    }

    @Test("in memory, no more callers are counted than there is room for, and room is made when calls have left")
    func room() async throws {
        let clock = TestClock()
        let windows = MemoryRateWindows(maximumKeys: 1_100, now: { clock.microseconds })
        let bound = RateBound(calls: 1, window: .seconds(1))
        for index in 0..<1_100 { _ = try await windows.admit("\(index)", within: bound) }
        await #expect(throws: StorageError.self) { try await windows.admit("one more", within: bound) }
        #expect(try await windows.admit("5", within: bound).isAdmitted == false)
        clock.advance(2_000_000)
        #expect(try await windows.admit("one more", within: bound).isAdmitted)
    }

    @Test("a ring never holds more moments in any trailing window than its bound, for calls at random times")
    func ring() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let bound = RateBound(calls: .random(in: 1...8, using: &random), window: .microseconds(1_000))
            var ring = RateRing()
            var (now, admitted): (Int64, [Int64]) = (0, [])
            for _ in 0..<200 {
                now += .random(in: 0...400, using: &random)
                let before = ring
                let admission = ring.admit(at: now, within: bound)
                if admission.isAdmitted {
                    admitted.append(now)
                } else {
                    #expect(before.moments.suffix(bound.calls).count == bound.calls)
                    // It is admitted at the moment that it was told, and not before.
                    var early = before
                    #expect(early.admit(at: now + admission.next.microseconds - 1, within: bound).isAdmitted == false)
                    var late = before
                    #expect(late.admit(at: now + admission.next.microseconds, within: bound).isAdmitted)
                }
            }
            for (index, moment) in admitted.enumerated() {
                let inside = admitted[...index].count { $0 > moment - 1_000 }
                #expect(inside <= bound.calls)
            }
        }
    }

    @Test("a clock that goes back lets nothing more through, and one that was far ahead locks nobody out")
    func clockGoesBack() {
        let bound = RateBound(calls: 2, window: .microseconds(1_000))
        var ring = RateRing(moments: [5_000, 5_500])
        #expect(ring.admit(at: 5_200, within: bound).isAdmitted == false)
        var far = RateRing(moments: [900_000, 900_500])
        #expect(far.admit(at: 5_200, within: bound).isAdmitted)
    }
}
