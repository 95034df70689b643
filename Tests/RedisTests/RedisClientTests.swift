import Conformance
import Foundation
import NIOCore
import Storage
import Testing

@testable import RedisStore

@Suite("Redis client", .enabled(if: RedisServer.isExpected, "redis-server is not installed"), .timeLimit(.minutes(2)))
struct RedisClientTests {
    @Test("a thousand calls at once each get their own reply, of any bytes")
    func pipelines() async throws {
        try await RedisServer.with { server in
            try await server.withClient { client in
                try await withThrowingTaskGroup { group in
                    for number in 0..<1_000 {
                        group.addTask {
                            let bytes = ByteBuffer(bytes: [0, 13, 10, 255] + Array("\(number)".utf8))
                            _ = try await client.call(.init("SET", "key:\(number)", .bytes(bytes)))
                            #expect(try await client.call(.init("GET", "key:\(number)")) == .bulk(bytes))
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await client.call(.init("DBSIZE")) == .integer(1_000))
                #expect(try await client.call(.init("GET", "none")) == .null)
                #expect(try await client.call(.init("CLIENT", "GETNAME")).text == "suisha")
                let large = ByteBuffer(repeating: 7, count: 20 << 20)
                _ = try await client.call(.init("SET", "large", .bytes(large)))
                #expect(try await client.call(.init("GET", "large")) == .bulk(large))
            }
        }
    }

    @Test("what Redis refuses is an error with its reason, and the calls around it are done")
    func refusals() async throws {
        try await RedisServer.with { server in
            try await server.withClient { client in
                let replies = try await client.send([.init("SET", "a", "x"), .init("INCR", "a"), .init("GET", "a")])
                #expect(replies.count == 3)
                #expect(replies[2].text == "x")
                let error = await #expect(throws: StorageError.self) { try await client.call(.init("INCR", "a")) }
                #expect(error?.code == .invalid)
                #expect(error?.message.contains("not an integer") == true)
                _ = try await client.call(.init("CONFIG", "SET", "maxmemory", "1"))
                let full = await #expect(throws: StorageError.self) { try await client.call(.init("SET", "b", "x")) }
                #expect(full?.code == .full)
            }
        }
    }

    @Test("a script is run by its digest, and brought again when Redis forgot it")
    func scripts() async throws {
        try await RedisServer.with { server in
            try await server.withClient { client in
                let script = RedisScript("return redis.call('INCRBY', KEYS[1], ARGV[1])")
                for round in 1...3 {
                    let replies = try await client.run(script, key: "n", [[1], [1], [1]])
                    #expect(replies.last == .integer(Int64(round * 3)))
                    _ = try await client.call(.init("SCRIPT", "FLUSH"))
                }
                let info = try await client.call(.init("INFO", "commandstats")).text ?? ""
                #expect(info.contains("cmdstat_eval:calls=3,"))
                let broken = RedisScript("return redis.call('INCRBY', KEYS[1], 'x')")
                await #expect(throws: StorageError.self) { try await client.run(broken, key: "n", [[]]) }
            }
        }
    }

    @Test("too many commands under way are refused as busy, and room comes back")
    func busy() async throws {
        try await RedisServer.with { server in
            try await server.withClient(parameters: "in_flight=10") { client in
                try await client.ready(within: .seconds(20))
                server.signal(SIGSTOP)
                let outcomes = await withTaskGroup(of: StorageError.Code?.self) { group in
                    for _ in 0..<15 { group.addTask { await code { try await client.call(.init("PING")) } } }
                    var outcomes: [StorageError.Code?] = []
                    for _ in 0..<5 { outcomes.append(await group.next() ?? nil) }
                    server.signal(SIGCONT)
                    for await outcome in group { outcomes.append(outcome) }
                    return outcomes
                }
                #expect(outcomes == Array(repeating: .busy, count: 5) + Array(repeating: nil, count: 10))
                #expect(await code { try await client.send(Array(repeating: .init("PING"), count: 11)) } == .tooLarge)
                #expect(try await client.call(.init("PING")).text == "PONG")
            }
        }
    }

    @Test("a cancelled call ends at once, and later calls get their own replies")
    func cancellation() async throws {
        try await RedisServer.with { server in
            try await server.withClient { client in
                try await client.ready(within: .seconds(20))
                server.signal(SIGSTOP)
                let outcome = await withTaskGroup(of: StorageError.Code?.self) { group in
                    group.addTask { await code { try await client.call(.init("ECHO", "first")) } }
                    group.cancelAll()
                    return await group.next() ?? nil
                }
                #expect(outcome == .canceled)
                async let second = client.call(.init("ECHO", "second"))
                server.signal(SIGCONT)
                #expect(try await second.text == "second")
            }
        }
    }

    @Test("a wrong password, a missing one and a missing server are named, without the password")
    func cannotConnect() async throws {
        try await RedisServer.with(["--requirepass", "right"]) { server in
            try await server.withClient(user: ":right@") { client in
                let answer = try await client.call(.init("PING"))
                #expect(answer.text == "PONG")
            }
            try await server.withClient(user: ":hunter2@") { client in
                let error = await #expect(throws: StorageError.self) { try await client.call(.init("PING")) }
                #expect(error?.message.contains("password") == true)
                #expect(error?.message.contains("hunter2") == false)
            }
            try await server.withClient { client in
                let error = await #expect(throws: StorageError.self) { try await client.call(.init("PING")) }
                #expect(error?.message.contains("NOAUTH") == true)
            }
            let port = server.port
            try await server.kill()
            let client = RedisClient(try RedisSettings(url: "redis://127.0.0.1:\(port)?wait=20000"))
            let error = await #expect(throws: StorageError.self) { try await client.call(.init("PING")) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("cannot be reached") == true)
            await client.close()
        }
    }

    @Test("a socket and another database are used as the URL says")
    func socketAndDatabase() async throws {
        try await RedisServer.with { server in
            let settings = try RedisSettings(url: "redis+unix:\(server.socketPath)?db=3&wait=20000")
            let client = RedisClient(settings)
            _ = try await client.call(.init("SET", "a", "there"))
            await client.close()
            #expect(await code { try await client.call(.init("PING")) } == .unavailable)
            try await server.withClient { other in
                #expect(try await other.call(.init("GET", "a")) == .null)
                _ = try await other.call(.init("SELECT", 3))
                #expect(try await other.call(.init("GET", "a")).text == "there")
            }
        }
    }
}
