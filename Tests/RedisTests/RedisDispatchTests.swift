import Conformance
import Foundation
import Model
import Storage
import Testing

@testable import RedisStore

@Suite(
    "Dispatch through Redis", .enabled(if: RedisServer.isExpected, "redis-server is not installed"),
    .timeLimit(.minutes(3)))
struct RedisDispatchTests {
    @Test("lower bands come first, then lower tags, over all kinds that are asked for, up to the greatest tag")
    func order() async throws {
        try await RedisServer.withDispatch { _, dispatch in
            let last = (Int64(1) << 50) - 1
            let ordered = [
                entry("b", band: 0, tag: 0), entry("a", band: 0, tag: 1), entry("b", band: 0, tag: 2),
                entry("a", band: 0, tag: last), entry("b", band: 1, tag: 0), entry("a", band: 6, tag: last),
                entry("b", band: 7, tag: last - 1), entry("a", band: 7, tag: last),
            ]
            let other = entry("kind with spaces", band: 0, tag: 0)
            try await dispatch.offer(ordered.shuffled() + [other])
            #expect(try await dispatch.count() == 9)
            let kinds = ["a", "b", "none", "a"]
            var taken: [DispatchEntry] = []
            for limit in [1, 3, 0, 100] { taken += try await dispatch.take(kinds: kinds, limit: limit) }
            #expect(taken == ordered)
            #expect(try await dispatch.take(kinds: [other.kind], limit: 5) == [other])
            #expect(try await dispatch.take(kinds: kinds, limit: 5) == [])
            #expect(try await dispatch.count() == 9)
            try await dispatch.settle(taken)
            #expect(try await dispatch.count() == 1)
        }
    }

    @Test("an offer moves a job that is held, but not one that is taken at that place")
    func offers() async throws {
        try await RedisServer.withDispatch { _, dispatch in
            let first = entry(tag: 5)
            let moved = DispatchEntry(job: first.job, kind: "a", band: 0, tag: 9)
            try await dispatch.offer([first, moved])
            #expect(try await dispatch.take(kinds: ["a"], limit: 5) == [moved])
            try await dispatch.offer([moved])
            #expect(try await dispatch.take(kinds: ["a"], limit: 5) == [])
            // It ran, and is ready again at another place before the taker settled: both hold.
            try await dispatch.offer([first])
            try await dispatch.settle([moved])
            #expect(try await dispatch.take(kinds: ["a"], limit: 5) == [first])
            try await dispatch.settle([first])
            #expect(try await dispatch.count() == 0)
        }
    }

    @Test("a job that is no longer ready is forgotten by settling it")
    func settles() async throws {
        try await RedisServer.withDispatch { _, dispatch in
            let entries = (0..<3).map { entry(tag: $0) }
            try await dispatch.offer(entries)
            try await dispatch.settle([entries[1]])
            #expect(try await dispatch.take(kinds: ["a"], limit: 5) == [entries[0], entries[2]])
        }
    }

    @Test("what is taken and not settled comes again, at its old place")
    func handsBack() async throws {
        try await RedisServer.withDispatch(takenFor: .milliseconds(1)) { _, dispatch in
            let entries = (0..<5).map { entry("a", band: 3, tag: $0) }
            try await dispatch.offer(entries)
            #expect(try await dispatch.take(kinds: ["a"], limit: 3) == Array(entries.prefix(3)))
            try await dispatch.settle([entries[1]])
            try await eventually("they come again, before what comes later") {
                let again = try await dispatch.take(kinds: ["a"], limit: 2)
                return again == [entries[0], entries[2]]
            }
            #expect(try await dispatch.count() == 4)
        }
    }

    @Test("what was taken before the clock of Redis went back comes again as well")
    func clockJump() async throws {
        try await RedisServer.withDispatch { server, dispatch in
            let entries = (0..<2).map { entry(tag: $0) }
            try await dispatch.offer(entries)
            #expect(try await dispatch.take(kinds: ["a"], limit: 2) == entries)
            try await server.withClient { client in
                let member = RedisCommand.Argument.text("\(entries[1].job.sql) 1 a")
                _ = try await client.call(.init("ZINCRBY", "{suisha}:taken", 3_600_000, member))
            }
            #expect(try await dispatch.take(kinds: ["a"], limit: 2) == [entries[1]])
        }
    }

    @Test("a band or a tag that a score cannot hold is refused")
    func refuses() async throws {
        try await RedisServer.withDispatch { _, dispatch in
            for bad in [entry(band: 8), entry(band: -1), entry(tag: -1), entry(tag: 1 << 50)] {
                #expect(await code { try await dispatch.offer([bad]) } == .invalid)
            }
        }
    }

    @Test("two processes that take 20,000 entries never share one (A2)")
    func sharesNone() async throws {
        try await RedisServer.withDispatch { server, dispatch in
            try await server.withDispatch { other in
                let entries = (0..<20_000 as Range<Int>).map {
                    entry($0 % 2 == 0 ? "a" : "b", band: $0 % 8, tag: Int64($0))
                }
                try await dispatch.offer(entries)
                let taken = try await withThrowingTaskGroup(of: [DispatchEntry].self) { group in
                    for taker in 0..<8 {
                        let index = taker % 2 == 0 ? dispatch : other
                        group.addTask {
                            var all: [DispatchEntry] = []
                            while true {
                                let some = try await index.take(kinds: ["a", "b"], limit: 64)
                                guard !some.isEmpty else { return all }
                                all += some
                                try await index.settle(some)
                            }
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(taken.count == 20_000)
                #expect(Set(taken) == Set(entries))
                #expect(try await dispatch.count() == 0)
            }
        }
    }

    @Test("indexes with different prefixes on one server do not mix, and strange content is named")
    func prefixes() async throws {
        try await RedisServer.withDispatch { server, dispatch in
            try await server.withDispatch(parameters: "prefix=other") { other in
                try await dispatch.offer([entry()])
                #expect(try await other.count() == 0)
                try await server.withClient { client in
                    _ = try await client.call(.init("ZADD", "{suisha}:ready:odd", 1, "no id"))
                }
                #expect(await code { try await dispatch.take(kinds: ["odd"], limit: 1) } == .corrupt)
            }
        }
    }
}
