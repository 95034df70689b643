import Conformance
import Foundation
import Model
import Storage
import Testing

@testable import RedisStore

@Suite(
    "Redis with sentinels", .enabled(if: RedisServer.isExpected, "redis-server is not installed"),
    .timeLimit(.minutes(3)))
struct RedisSentinelTests {
    @Test("the master is found behind sentinels that are down, and the new one after it died")
    func failover() async throws {
        try await RedisServer.withReplica { master, replica, sentinel in
            let url = "redis+sentinel://127.0.0.1:1,127.0.0.1:\(sentinel.port)/main?wait=20000"
            let client = RedisClient(try RedisSettings(url: url))
            try await client.waitUntilUp()
            #expect(try await port(client) == master.port)
            try await master.kill()
            try await eventually("the replica is used as master") { (try? await port(client)) == replica.port }
            try await client.waitUntilUp()
            _ = try await client.call(.init("SET", "a", "1"))
            await client.close()
            let stranger = RedisClient(try RedisSettings(url: "redis+sentinel://127.0.0.1:\(sentinel.port)/other"))
            let error = await #expect(throws: StorageError.self) { try await stranger.ready(within: .seconds(10)) }
            #expect(error?.message.contains("knows no master 'other'") == true)
            await stranger.close()
        }
    }

    @Test("a stale replica that is promoted signals, and after a rebuild holds what the database says")
    func stalePromotion() async throws {
        try await RedisServer.withReplica { master, replica, sentinel in
            let dispatch = try await RedisDispatch.open(
                url: "redis+sentinel://127.0.0.1:\(sentinel.port)/main?wait=20000")
            let entries = (0..<100).map { DispatchEntry(job: JobID(), kind: "a", band: 0, tag: $0) }
            try await dispatch.rebuild(Array(entries.prefix(50)))
            try await replica.withClient { client in
                try await eventually("the replica has the first half") {
                    try await client.call(.init("ZCARD", "{suisha}:ready:a")).integer == 50
                }
            }
            // Cut off from its master, the replica gets nothing of what follows, and is stale when it is promoted.
            replica.signal(SIGSTOP)
            try await master.dropReplicas()
            try await dispatch.offer(Array(entries.suffix(50)))
            try await dispatch.settle(Array(entries.prefix(10)))
            #expect(try await dispatch.count() == 90)
            let heard = Heard(dispatch.signals())
            try await master.kill()
            replica.signal(SIGCONT)
            try await eventually("the loss is told") { heard.signals.contains(.reconnected) }
            #expect(try await dispatch.count() == 50)
            try await eventually("it is rebuilt") {
                await code { try await dispatch.rebuild(Array(entries.suffix(90))) } == nil
            }
            #expect(try await dispatch.take(kinds: ["a"], limit: 100) == Array(entries.suffix(90)))
            await dispatch.close()
            await heard.end()
        }
    }

    private func port(_ client: RedisClient) async throws -> Int? {
        let info = try await client.call(.init("CONFIG", "GET", "port"))
        guard case .map(let items) = info else { return nil }
        return items.last?.text.flatMap { Int($0) }
    }
}
