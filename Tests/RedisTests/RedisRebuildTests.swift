import Conformance
import Foundation
import Model
import Storage
import Testing

@testable import RedisStore

@Suite(
    "Loss and rebuild of the index in Redis", .enabled(if: RedisServer.isExpected, "redis-server is not installed"),
    .timeLimit(.minutes(3)))
struct RedisRebuildTests {
    @Test("a rebuild puts 100,000 entries in the place of all others, those that are taken stay taken")
    func rebuilds() async throws {
        try await RedisServer.withDispatch { _, dispatch in
            let entries = (0..<100_000 as Range<Int>).map { entry(["a", "b", "c"][$0 % 3], tag: Int64($0)) }
            let gone = (0..<10 as Range<Int>).map { entry($0 % 2 == 0 ? "a" : "old", tag: Int64($0)) }
            try await dispatch.offer(gone + [entries[0]])
            // Of these, the database still has only the one as ready.
            let taken = try await dispatch.take(kinds: ["a"], limit: 3)
            #expect(taken.contains(entries[0]))
            try await dispatch.rebuild(entries)
            #expect(try await dispatch.count() == 100_000)
            #expect(try await dispatch.take(kinds: ["old"], limit: 5) == [])
            #expect(try await dispatch.take(kinds: ["a", "b", "c"], limit: 1_000) == Array(entries[1...1_000]))
            try await dispatch.rebuild([])
            #expect(try await dispatch.count() == 0)
        }
    }

    @Test("what is offered and settled while a rebuild is under way counts after it")
    func rebuildsUnderWay() async throws {
        try await RedisServer.withDispatch { server, dispatch in
            try await server.withClient { client in
                let entries = (0..<6).map { entry(tag: $0) }
                try await dispatch.offer(Array(entries.prefix(4)))
                // The steps of a rebuild by another process that read the first five.
                let root = "{suisha}:"
                func stage(_ entries: [DispatchEntry]) async throws -> RESPValue? {
                    let arguments = try entries.flatMap { try $0.arguments() }
                    return try await client.run(DispatchScripts.stage, key: root, [["one"] + arguments]).first
                }
                _ = try await client.run(DispatchScripts.begin, key: root, [["one"]])
                #expect(try await stage([entries[0]]) == .integer(1))
                let taken = try await dispatch.take(kinds: ["a"], limit: 2)
                #expect(taken == Array(entries.prefix(2)))
                try await dispatch.settle([entries[0]])
                try await dispatch.offer([entries[5]])
                #expect(try await stage(Array(entries[1..<5])) == .integer(1))
                #expect(try await client.run(DispatchScripts.commit, key: root, [["one"]]) == [.integer(1)])
                #expect(try await dispatch.count() == 5)
                #expect(try await dispatch.take(kinds: ["a"], limit: 9) == Array(entries[2...5]))
                #expect(try await stage(entries) == .integer(-1))
                // Nothing of the rebuild is left, and nothing will expire.
                let keys = try await client.call(.init("KEYS", "*")).array?.compactMap(\.text) ?? []
                #expect(Set(keys) == ["{suisha}:kinds", "{suisha}:taken", "{suisha}:whole"])
                for key in keys { #expect(try await client.call(.init("TTL", .text(key))) == .integer(-1)) }
            }
        }
    }

    @Test("of two rebuilds at once the later one counts, and a dead one leaves nothing that stays")
    func rebuildsAtOnce() async throws {
        try await RedisServer.withDispatch { server, dispatch in
            try await server.withClient { client in
                _ = try await client.run(DispatchScripts.begin, key: "{suisha}:", [["dead"]])
                try await dispatch.offer([entry()])
                _ = try await dispatch.take(kinds: ["a"], limit: 1)
                try await dispatch.offer([entry()])
                for key in try await client.call(.init("KEYS", "*new:dead*")).array ?? [] {
                    let left = try await client.call(.init("PTTL", .text(key.text ?? ""))).integer ?? 0
                    #expect((1...600_000).contains(left), "\(key)")
                }
                let entries = (0..<3_000).map { entry(tag: $0) }
                try await withThrowingTaskGroup { group in
                    for _ in 0..<4 { group.addTask { try await dispatch.rebuild(entries) } }
                    try await group.waitForAll()
                }
                #expect(try await dispatch.count() == 3_000)
            }
        }
    }

    @Test("an offer wakes others; a lost index is told after FLUSHALL, and works again (21)")
    func flush() async throws {
        try await RedisServer.withDispatch { server, dispatch in
            try await server.withDispatch { other in
                try await dispatch.rebuild([])
                let heard = Heard(other.signals())
                try await dispatch.offer([entry()])
                try await eventually("the offer is heard") { heard.signals.contains(.offered) }
                #expect(!heard.signals.contains(.reconnected))
                try await server.withClient { client in
                    _ = try await client.call(.init("FLUSHALL"))
                    _ = try await client.call(.init("SCRIPT", "FLUSH"))
                }
                let entries = (0..<5).map { entry(tag: $0) }
                try await eventually("the loss is told") {
                    let taken = try await other.take(kinds: ["a"], limit: 1)
                    #expect(taken == [])
                    return heard.signals.contains(.reconnected)
                }
                try await dispatch.rebuild(entries)
                #expect(try await other.take(kinds: ["a"], limit: 9) == entries)
                await heard.end()
            }
        }
    }

    @Test("a restart is told, while it lasts calls fail at once, and then it works again")
    func restart() async throws {
        try await RedisServer.withDispatch { server, dispatch in
            let heard = Heard(dispatch.signals())
            try await dispatch.rebuild([entry()])
            try await server.kill()
            try await eventually("calls fail") { await code { try await dispatch.count() } == .unavailable }
            let began = ContinuousClock.now
            for _ in 0..<50 { #expect(await code { try await dispatch.take(kinds: ["a"], limit: 1) } == .unavailable) }
            #expect(.now - began < .seconds(20))
            try await server.start()
            try await eventually("it is told") { heard.signals.contains(.reconnected) }
            let entries = (0..<5).map { entry(tag: $0) }
            try await eventually("it is rebuilt") { await code { try await dispatch.rebuild(entries) } == nil }
            #expect(try await dispatch.take(kinds: ["a"], limit: 9) == entries)
            await heard.end()
        }
    }

    @Test("without a Redis it can be made, says so, and begins to work when there is one")
    func beginsWithoutServer() async throws {
        try await RedisServer.with { server in
            try await server.kill()
            let dispatch = RedisDispatch(try RedisSettings(url: server.url + "?wait=20000"))
            let heard = Heard(dispatch.signals())
            #expect(await code { try await dispatch.count() } == .unavailable)
            #expect(await code { try await RedisDispatch.open(url: server.url) } == .unavailable)
            try await server.start()
            try await eventually("it is told") { heard.signals.contains(.reconnected) }
            #expect(try await dispatch.count() == 0)
            await dispatch.close()
            await heard.end()
        }
    }
}
