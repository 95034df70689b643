import Foundation
import Model
import Testing

@Suite("schedules (A3, engine cases 27 and 28)")
struct ScheduleStateTests {
    private func state(
        _ expression: String, _ policy: MissedTickPolicy, startingAt start: String, zone: String = "UTC"
    ) throws -> ScheduleState {
        ScheduleState(
            expression: try CronExpression(parsing: expression), zone: try #require(TimeZone(identifier: zone)),
            policy: policy, startingAt: try time(start))
    }

    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

    @Test("a tick fires once, and the next one waits", arguments: [MissedTickPolicy.skip, .latest, .all(limit: 5)])
    func firesOnce(policy: MissedTickPolicy) throws {
        var state = try state("0 * * * *", policy, startingAt: "2026-05-01T08:30:00Z")
        #expect(state.advance(to: try time("2026-05-01T08:59:59.999Z")) == .init())
        #expect(state.advance(to: try time("2026-05-01T09:00:01Z")) == .init(fire: [try time("2026-05-01T09:00:00Z")]))
        #expect(state.nextAt == (try time("2026-05-01T10:00:00Z")))
        #expect(state.advance(to: try time("2026-05-01T09:00:02Z")) == .init())
        // A clock set back fires nothing again.
        #expect(state.advance(to: try time("2026-05-01T08:00:00Z")) == .init())
        #expect(state.nextAt == (try time("2026-05-01T10:00:00Z")))
    }

    struct Missed: Sendable {
        var policy: MissedTickPolicy
        var now: String
        var fire: [String]
        var dropped: String?
    }

    @Test(
        "missed ticks follow the policy",
        arguments: [
            Missed(policy: .skip, now: "2026-05-01T13:20:00Z", fire: [], dropped: "2026-05-01T09:00:00Z"),
            // The newest is hardly late: it is no missed one.
            Missed(
                policy: .skip, now: "2026-05-01T13:00:40Z", fire: ["2026-05-01T13:00:00Z"],
                dropped: "2026-05-01T09:00:00Z"),
            Missed(
                policy: .latest, now: "2026-05-01T13:20:00Z", fire: ["2026-05-01T13:00:00Z"],
                dropped: "2026-05-01T09:00:00Z"),
            Missed(policy: .latest, now: "2026-05-01T09:59:59Z", fire: ["2026-05-01T09:00:00Z"], dropped: nil),
            Missed(
                policy: .all(limit: 5), now: "2026-05-01T13:20:00Z",
                fire: [9, 10, 11, 12, 13].map { String(format: "2026-05-01T%02d:00:00Z", $0) }, dropped: nil),
            Missed(
                policy: .all(limit: 2), now: "2026-05-01T13:20:00Z",
                fire: ["2026-05-01T12:00:00Z", "2026-05-01T13:00:00Z"], dropped: "2026-05-01T09:00:00Z"),
        ])
    func missed(example: Missed) throws {
        var state = try state("0 * * * *", example.policy, startingAt: "2026-05-01T08:30:00Z")
        let now = try time(example.now)
        let due = state.advance(to: now)
        #expect(due.fire == (try example.fire.map(time)))
        #expect(due.droppedFrom == (try example.dropped.map(time)))
        #expect(try #require(state.nextAt) > now)
    }

    @Test("years of missed minutes are passed without walking through them")
    func longOutage() throws {
        var state = try state("* * * * *", .all(limit: 3), startingAt: "2016-01-01T00:00:00Z", zone: "Europe/Berlin")
        let due = state.advance(to: try time("2026-05-01T00:00:30Z"))
        #expect(
            due.fire.map(\.description) == [
                "2026-04-30T23:58:00.000Z", "2026-04-30T23:59:00.000Z", "2026-05-01T00:00:00.000Z",
            ])
        #expect(due.droppedFrom == (try time("2016-01-01T00:01:00Z")))
    }

    @Test(
        "the newest of clustered ticks are found",
        arguments: ["*/7 * * 1 *", "* 3 * * MON", "0 0 29 2 *", "@every 11s"])
    func newestOfClusters(expression: String) throws {
        let start = try time("2019-11-20T10:00:00Z")
        let now = try time("2020-03-05T07:11:12Z")
        let parsed = try CronExpression(parsing: expression)
        var all: [Timestamp] = []
        var last = start
        while let next = parsed.next(after: last, in: .gmt), next <= now {
            all.append(next)
            last = next
        }
        for limit in [1, 2, 100, 1_000] {
            var state = ScheduleState(expression: parsed, zone: .gmt, policy: .all(limit: limit), startingAt: start)
            #expect(state.advance(to: now).fire == Array(all.suffix(limit)))
        }
    }

    @Test("over any sequence of moments, each tick fires exactly once under 'all'")
    func onceEach() throws {
        var random = SplitMix(state: 7)
        for expression in ["*/5 * * * *", "0,30 1-3 * * *", "17 * * * *"] {
            let start = try time("2026-10-24T12:00:00Z")
            var state = try state(
                expression, .all(limit: 1_000), startingAt: "2026-10-24T12:00:00Z", zone: "Europe/Berlin")
            var now = start
            var fired: [Timestamp] = []
            for _ in 0..<200 {
                now = now + .seconds(Int.random(in: -600...3_000, using: &random))
                fired += state.advance(to: now).fire
            }
            let expected = ticks(of: state.expression, after: start, in: state.zone, count: fired.count)
            #expect(fired == expected)
            #expect(try #require(state.nextAt) > (fired.last ?? start))
        }
    }

    @Test("a schedule whose last tick has passed rests")
    func rests() throws {
        var state = try state("0 0 30 2 *", .latest, startingAt: "2026-05-01T00:00:00Z")
        #expect(state.nextAt == nil)
        #expect(state.advance(to: try time("2036-05-01T00:00:00Z")) == .init())
    }

    @Test(
        "a policy goes through its text",
        arguments: [MissedTickPolicy.skip, .latest, .all(limit: 1), .all(limit: 1_000)])
    func policyText(policy: MissedTickPolicy) throws {
        #expect(MissedTickPolicy(policy.description) == policy)
        #expect(try JSONText(encoding: [policy]).decode([MissedTickPolicy].self) == [policy])
    }

    @Test("other words are no policy", arguments: ["", "all", "all:0", "all:1001", "all:x", "ALL:5", "none"])
    func noPolicy(text: String) {
        #expect(MissedTickPolicy(text) == nil)
    }
}

/// Random numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
