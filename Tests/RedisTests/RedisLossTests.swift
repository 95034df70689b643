import Conformance
import Foundation
import NIOCore
import Storage
import Testing

@testable import RedisStore

@Suite(
    "Redis client that loses its server", .enabled(if: RedisServer.isExpected, "redis-server is not installed"),
    .timeLimit(.minutes(2)))
struct RedisLossTests {
    @Test("a server that no longer answers is given up within the deadline, and used again when it does")
    func halfOpen() async throws {
        try await RedisServer.with { server in
            try await server.withClient(parameters: "timeout=1000&connect_timeout=1000&wait=100") { client in
                try await client.waitUntilUp()
                server.signal(SIGSTOP)
                let began = ContinuousClock.now
                let error = await #expect(throws: StorageError.self) { try await client.call(.init("INCR", "a")) }
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("did not answer within") == true)
                #expect(.now - began < .seconds(20))
                // While it is down, calls fail at once or within the wait.
                for _ in 0..<20 {
                    let asked = ContinuousClock.now
                    #expect(await code { try await client.call(.init("PING")) } == .unavailable)
                    #expect(.now - asked < .seconds(10))
                }
                server.signal(SIGCONT)
                try await eventually("it is used again") { await code { try await client.call(.init("PING")) } == nil }
            }
        }
    }

    @Test("an idle connection to a server that hangs is noticed without a call")
    func keepsAlive() async throws {
        try await RedisServer.with { server in
            let ups = Shared(0)
            let settings = try RedisSettings(url: server.url + "?timeout=1000&keepalive=200&connect_timeout=1000")
            let client = RedisClient(settings) { ups.withLock { $0 += 1 } }
            try await client.waitUntilUp()
            server.signal(SIGSTOP)
            try await eventually("noticed") { await code { try await client.ready(within: .milliseconds(1)) } != nil }
            server.signal(SIGCONT)
            try await eventually("connected again") { ups.withLock { $0 } >= 2 }
            await client.close()
        }
    }

    @Test("when Redis is killed with commands under way, each was done or has a clear error, and none is done twice")
    func restart() async throws {
        try await RedisServer.with(["--appendonly", "yes", "--appendfsync", "always"]) { server in
            try await server.withClient { client in
                let stopped = Shared(false)
                let counts = try await withThrowingTaskGroup(of: (done: Int, unknown: Int).self) { group in
                    for number in 0..<50 {
                        group.addTask {
                            var (done, unknown) = (0, 0)
                            while !stopped.withLock({ $0 }) {
                                do throws(StorageError) {
                                    _ = try await client.call(.init("INCR", "counter:\(number)"))
                                    done += 1
                                } catch {
                                    #expect(error.code == .unavailable, "\(error)")
                                    unknown += 1
                                }
                                if unknown > 0 { try await client.waitUntilUp() }
                            }
                            let found = try await client.call(.init("GET", "counter:\(number)")).text.flatMap {
                                Int($0)
                            }
                            #expect((done...done + unknown).contains(found ?? 0), "\(done), \(unknown), \(found ?? 0)")
                            return (done, unknown)
                        }
                    }
                    for _ in 0..<3 {
                        let before = try await client.call(.init("INCR", "progress")).integer ?? 0
                        try await eventually("work goes on") {
                            try await (client.call(.init("INCR", "progress")).integer ?? 0) > before + 20
                        }
                        try await server.kill()
                        try await server.start()
                        try await client.waitUntilUp()
                    }
                    stopped.withLock { $0 = true }
                    return try await group.reduce(into: (0, 0)) { $0 = ($0.0 + $1.done, $0.1 + $1.unknown) }
                }
                #expect(counts.0 > 0)
                #expect(counts.1 > 0)
            }
        }
    }

    @Test("a server that became a replica is left with a clear error, and its successor is connected")
    func demotion() async throws {
        try await RedisServer.with { server in
            let ups = Shared(0)
            let client = RedisClient(try RedisSettings(url: server.url + "?wait=20000")) { ups.withLock { $0 += 1 } }
            _ = try await client.call(.init("REPLICAOF", "127.0.0.1", 1))
            let script = RedisScript("return redis.call('SET', KEYS[1], 1)")
            for round in 1...2 {
                let error = await #expect(throws: StorageError.self) {
                    round == 1
                        ? try await client.call(.init("SET", "a", "1"))
                        : try await client.run(script, key: "a", [[]])[0]
                }
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("READONLY") == true)
                try await eventually("connected again") { ups.withLock { $0 } == round + 1 }
            }
            _ = try await client.call(.init("REPLICAOF", "NO", "ONE"))
            _ = try await client.call(.init("SET", "a", "1"))
            await client.close()
        }
    }

    @Test("what is published is heard, and again after a restart")
    func subscribes() async throws {
        try await RedisServer.with { server in
            let events = Shared<[String]>([])
            let subscriber = RedisSubscriber(try RedisSettings(url: server.url), channels: ["a", "b"]) { event in
                switch event {
                case .subscribed: events.withLock { $0.append("subscribed") }
                case .message(let channel, let content):
                    events.withLock { $0.append("\(channel) \(String(buffer: content))") }
                }
            }
            try await subscriber.ready(within: .seconds(20))
            try await server.withClient { client in
                #expect(try await client.call(.init("PUBLISH", "a", "one")) == .integer(1))
                try await eventually("heard") { events.withLock { $0 } == ["subscribed", "a one"] }
                try await server.kill()
                try await server.start()
                try await eventually("subscribed again") { events.withLock { $0.count } == 3 }
                try await client.waitUntilUp()
                #expect(try await client.call(.init("PUBLISH", "b", "two")) == .integer(1))
                try await eventually("heard") {
                    events.withLock { $0 } == ["subscribed", "a one", "subscribed", "b two"]
                }
            }
            await subscriber.close()
        }
    }
}
