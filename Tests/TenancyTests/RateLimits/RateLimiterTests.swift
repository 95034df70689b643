import Endpoints
import Logging
import Model
import Storage
import Synchronization
import Tenancy
import Testing

@Suite("Limits by class, and what holds while nobody can count (B6)")
struct RateLimiterTests {
    private let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    @Test("each class has the limit of requirement B6 unless it is configured")
    func limits() throws {
        let limits = try RateLimits()
        let expected: [Endpoint.RateClass: Int] = [
            .signIn: 10, .read: 120, .workspaceWrite: 30, .orgChart: 60, .calendarSync: 5, .chat: 5, .auditCheck: 5,
            .standard: 60,
        ]
        for (rateClass, calls) in expected {
            #expect(limits[rateClass] == RateBound(calls: calls, window: .seconds(60)))
        }
        #expect(limits[.unlimited] == nil)
        let changed = try RateLimits(changes: "read=5/s, upload = off,sign-in=3/h")
        #expect(changed[.read] == RateBound(calls: 5, window: .seconds(1)))
        #expect(changed[.upload] == nil)
        #expect(changed[.signIn] == RateBound(calls: 3, window: .seconds(3_600)))
        #expect(changed[.chat] == limits[.chat])
    }

    @Test(
        "limits that nobody can mean are refused",
        arguments: ["read", "reed=1/s", "read=0/s", "read=1", "read=1/day", "unlimited=1/s"])
    func mistakes(text: String) {
        #expect(throws: RateLimits.Mistake.self) { try RateLimits(changes: text) }
    }

    @Test("callers and classes are counted apart; a refusal carries the headers that say why and how long")
    func refusal() async throws {
        let limiter = RateLimiter(
            store: MemoryRateWindows(), limits: try RateLimits(changes: "read=1/min"), logger: logger)
        let standing = try #require(try await limiter.admit(.read, from: "a"))
        #expect(standing.headers["RateLimit"] == #""read";r=0;t=60"#)
        #expect(standing.headers["RateLimit-Policy"] == #""read";q=1;w=60"#)
        _ = try await limiter.admit(.read, from: "b")
        _ = try await limiter.admit(.standard, from: "a")
        let refusal = await #expect(throws: RateRefusal.self) { try await limiter.admit(.read, from: "a") }
        #expect(refusal?.problem.kind == .tooMany)
        #expect(refusal?.standing.headers["Retry-After"].flatMap { Int($0) }.map { (1...60).contains($0) } == true)
    }

    @Test("while the store is away sign-in is refused, other classes get this node's share, and it recovers by itself")
    func storeDown() async throws {
        let (store, clock) = (FaultyWindows(), TestClock())
        let limiter = RateLimiter(
            store: store, limits: try RateLimits(changes: "read=6/min"), nodes: 3,
            local: MemoryRateWindows(now: { clock.microseconds }), logger: logger, now: { clock.instant })
        store.isAway.withLock { $0 = true }
        let problem = await #expect(throws: Problem.self) { try await limiter.admit(.signIn, from: "a") }
        #expect(problem?.kind == .unavailable && problem?.retryAfter != nil)
        for _ in 0..<2 { _ = try await limiter.admit(.read, from: "a") }
        await #expect(throws: RateRefusal.self) { try await limiter.admit(.read, from: "a") }
        // It was left alone after the first failure.
        #expect(store.calls.withLock { $0 } == 1)
        store.isAway.withLock { $0 = false }
        clock.advance(1_500_000)
        _ = try await limiter.admit(.signIn, from: "a")
        for _ in 0..<6 { _ = try await limiter.admit(.read, from: "a") }
        await #expect(throws: RateRefusal.self) { try await limiter.admit(.read, from: "a") }
    }

    @Test("a counter that has room for no more callers refuses the new ones and goes on counting the others")
    func full() async throws {
        let limiter = RateLimiter(
            store: MemoryRateWindows(maximumKeys: 2), limits: try RateLimits(changes: "sign-in=2/min"), nodes: 3,
            logger: logger)
        _ = try await limiter.admit(.signIn, from: "a")
        _ = try await limiter.admit(.signIn, from: "b")
        for _ in 0..<5 {
            let refusal = await #expect(throws: RateRefusal.self) { try await limiter.admit(.signIn, from: "new") }
            #expect(refusal?.standing.headers["Retry-After"] != nil)
        }
        // Neither uncounted nor refused nor at a node's share.
        _ = try await limiter.admit(.signIn, from: "a")
        await #expect(throws: RateRefusal.self) { try await limiter.admit(.signIn, from: "a") }
    }

    @Test("without its store, a node that has room for no more callers lets no new ones through uncounted")
    func fullAlone() async throws {
        let store = FaultyWindows()
        store.isAway.withLock { $0 = true }
        let limiter = RateLimiter(
            store: store, limits: try RateLimits(changes: "read=2/min"), local: MemoryRateWindows(maximumKeys: 1),
            logger: logger)
        _ = try await limiter.admit(.read, from: "a")
        await #expect(throws: RateRefusal.self) { try await limiter.admit(.read, from: "new") }
        _ = try await limiter.admit(.read, from: "a")
    }

    /// Counts in memory, unless it is away.
    private final class FaultyWindows: RateWindows {
        let isAway = Mutex(false)
        let calls = Mutex(0)
        private let windows = MemoryRateWindows()

        func admit(_ key: String, within bound: RateBound) async throws(StorageError) -> RateAdmission {
            calls.withLock { $0 += 1 }
            if isAway.withLock({ $0 }) { throw StorageError(.unavailable, "The store is away.") }
            return try await windows.admit(key, within: bound)
        }
    }
}
