import Conformance
import Foundation
import RedisStore
import Storage
import Synchronization
import Tenancy
import Testing

/// Gives each test a shared cache and a bus of its own, by one of the two stores.
struct CacheFixture: Sendable, CustomStringConvertible {
    let description: String

    static let all: [CacheFixture] = [.init(description: "memory"), .init(description: "redis")]

    /// Runs `body` with the caches and buses of two processes; in memory, both are one.
    func withNodes(_ body: ([any SharedCache], [any InvalidationBus]) async throws -> Void) async throws {
        guard description == "redis" else {
            let cache = LocalSharedCache()
            let bus = LocalBus()
            return try await body([cache, cache], [bus, bus])
        }
        let settings = try Self.newRedis()
        let caches = (0..<2).map { _ in RedisSharedCache(settings) }
        let buses = (0..<2).map { _ in RedisBus(settings) }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(caches, buses))
        } catch {
            result = .failure(error)
        }
        for cache in caches { await cache.close() }
        for bus in buses { await bus.close() }
        try result.get()
    }

    /// A prefix of its own, and patience: connecting may take long beside many other tests.
    static func newRedis() throws -> RedisSettings {
        let environment = ProcessInfo.processInfo.environment
        guard let server = environment["TEST_REDIS_URL"] else {
            guard environment["CI"] == nil else {
                throw NeverHappened("CI has no Redis server: set TEST_REDIS_URL, or run scripts/with-redis COMMAND.")
            }
            try Test.cancel("no Redis server: set TEST_REDIS_URL, or run scripts/with-redis COMMAND")
        }
        var settings = try RedisSettings(url: "\(server)?prefix=\(UUID().uuidString)")
        settings.connectTimeout = .seconds(30)
        settings.waitLimit = .seconds(30)
        return settings
    }
}

@Suite("The cache and the bus that processes share (B1, G7)")
struct SharedCacheTests {
    @Test("a value is there for all, for as long as it was given", arguments: CacheFixture.all)
    func lifetime(fixture: CacheFixture) async throws {
        try await fixture.withNodes { caches, _ in
            let empty = try await caches[0].read("a")
            #expect(empty == SharedEntry(value: nil, stamp: ""))
            let text = "水車\n\"x\"\u{0}"
            #expect(try await caches[0].fill("a", with: text, lasting: .seconds(100), ifStill: empty.stamp))
            let found = try #require(try await caches[1].read("a").value)
            #expect(found.text == text)
            #expect((.seconds(90) ... .seconds(100)).contains(found.remaining))
            #expect(try await caches[0].fill("b", with: "x", lasting: .milliseconds(30), ifStill: ""))
            try await eventually("it is gone") { try await caches[1].read("b").value == nil }
        }
    }

    @Test(
        "a fill that began before an invalidation is refused, one that began after it is taken",
        arguments: CacheFixture.all)
    func stamps(fixture: CacheFixture) async throws {
        try await fixture.withNodes { caches, _ in
            let before = try await caches[0].read("a")
            try await caches[1].invalidate(["a", "b"])
            #expect(try await caches[0].fill("a", with: "old", lasting: .seconds(100), ifStill: before.stamp) == false)
            let after = try await caches[0].read("a")
            #expect(after.value == nil && after.stamp != before.stamp)
            #expect(try await caches[0].fill("a", with: "new", lasting: .seconds(100), ifStill: after.stamp))
            #expect(try await caches[1].read("a").value?.text == "new")
            // Again while there is a value.
            try await caches[0].invalidate(["a"])
            #expect(try await caches[1].read("a").value == nil)
            #expect(try await caches[0].fill("a", with: "old", lasting: .seconds(100), ifStill: after.stamp) == false)
            try await caches[0].invalidate([])
        }
    }

    @Test("what one process publishes all hear, in order, until they stop listening", arguments: CacheFixture.all)
    func bus(fixture: CacheFixture) async throws {
        try await fixture.withNodes { _, buses in
            let heard = Heard()
            var subscription: (any BusSubscription)? = buses[1].subscribe { heard.add($0) }
            try await eventually("the bus is there") {
                try await buses[0].publish("hello")
                return heard.messages.contains("hello")
            }
            for number in 0..<100 { try await buses[0].publish("number \(number)") }
            try await eventually("all were heard") { heard.messages.contains("number 99") }
            #expect(heard.messages.filter { $0 != "hello" } == (0..<100).map { "number \($0)" })
            #expect(subscription != nil)
            subscription = nil
            let count = heard.messages.count
            let other = Heard()
            let kept = buses[1].subscribe { other.add($0) }
            try await buses[0].publish("end")
            try await eventually("the other hears") { other.messages.contains("end") }
            #expect(heard.messages.count == count)
            _ = kept
        }
    }

    private final class Heard: Sendable {
        private let events = Mutex<[BusEvent]>([])
        var messages: [String] {
            events.withLock { events in
                events.compactMap { event in if case .message(let text) = event { text } else { nil } }
            }
        }
        func add(_ event: BusEvent) { events.withLock { $0.append(event) } }
    }
}
