import NIOCore
import Synchronization
import Testing

@testable import WebSocketServer

@Suite("C2: open connections")
struct ConnectionTests {
    @Test("pings are answered, fragments become one message, and the close frame is answered with its code")
    func conversation() async throws {
        try await TestServer.with { server in
            try await RawClient.withSocket(server) { client in
                try await client.send(0x9, ByteBuffer(string: "hello?"))
                #expect(try await client.frame() == .init(opcode: 0xA, payload: ByteBuffer(string: "hello?")))
                try await client.send(0x1, ByteBuffer(string: "to"), isFinal: false)
                try await client.send(0x9, ByteBuffer())
                try await client.send(0x0, ByteBuffer(string: "gether"))
                #expect(try await client.frame().opcode == 0xA)
                #expect(try await client.frame().text == "together")
                try await client.send(0x2, ByteBuffer(repeating: 7, count: 60_000))
                #expect(try await client.frame().payload == ByteBuffer(repeating: 7, count: 60_000))
                try await client.sendClose(3_123)
                #expect(try await client.frame().closeCode == 3_123)
                try await client.untilEnd()
            }
            try await eventually("the connection is forgotten") { server.acceptor.connections.count == 0 }
        }
    }

    @Test("who breaks the protocol is told how, and cut off")
    func fault() async throws {
        let codes = Mutex<[WebSocketCloseCode?]>([])
        try await TestServer.with(handler: { connection in
            for await _ in connection.messages {}
            await connection.drained(below: 0)
            codes.withLock { $0.append(connection.closeCode) }
        }) { server in
            try await RawClient.withSocket(server) { client in
                try await client.send(0x1, ByteBuffer(repeating: 0x61, count: 70_000))
                let frame = try await client.frame()
                #expect(frame.opcode == 0x8 && frame.closeCode == 1_009)
                try await client.untilEnd()
            }
            try await eventually("the handler ends") { codes.withLock { $0 == [.messageTooBig] } }
        }
    }

    @Test("a client that vanishes without a word ends the messages, with 1006")
    func lost() async throws {
        let code = Mutex<WebSocketCloseCode?>(nil)
        try await TestServer.with(handler: { connection in
            for await _ in connection.messages {}
            await connection.drained(below: 0)
            code.withLock { $0 = connection.closeCode }
        }) { server in
            try await RawClient.withSocket(server) { client in await client.shut() }
            try await eventually("the handler ends") { code.withLock { $0 == .lost } }
        }
    }

    @Test("a client that answers no pings is given up after two, and one that does is kept")
    func halfOpen() async throws {
        try await TestServer.with(.init(pingInterval: .seconds(2))) { server in
            try await RawClient.withSocket(server) { client in
                for _ in 0..<3 {
                    #expect(try await client.frame().opcode == 0x9)
                    try await client.send(0xA, ByteBuffer())
                }
                #expect(try await client.frame().opcode == 0x9)
                #expect(try await client.frame().opcode == 0x9)
                try await client.untilEnd()
            }
        }
    }

    @Test("a silent client that never answers the close frame does not hold up the end of the server")
    func silent() async throws {
        try await TestServer.with(.init(closeLimit: .milliseconds(200))) { server in
            try await RawClient.withSocket(server) { client in
                let started = ContinuousClock.now
                await server.acceptor.connections.closeAll(.serviceRestart) { "after 1234 ms" }
                #expect(ContinuousClock.now - started < .seconds(30))
                let frame = try await client.frame()
                #expect(frame.closeCode == 1_012)
                #expect(frame.text.hasSuffix("after 1234 ms"))
                try await client.untilEnd()
            }
        }
    }

    @Test("a reader that is too slow fills its own queue only, and is heard of when it has drained")
    func slowReader() async throws {
        let limit = 1_048_576
        let frames = WebSocketFrames(binary: ByteBuffer(repeating: 1, count: 10_000))
        let slow = Mutex<WebSocketConnection?>(nil)
        try await TestServer.with(handler: { connection in
            for await message in connection.messages {
                if message == .text("slow") { slow.withLock { $0 = connection } }
                if case .text(let text) = message { _ = connection.offer(WebSocketFrames(text: text)) }
            }
        }) { server in
            try await RawClient.withSocket(server) { client in
                try await client.sendText("slow")
                try await eventually("the server knows it") { slow.withLock { $0 != nil } }
                let connection = try #require(slow.withLock { $0 })
                var offered = 0
                // The kernel takes some at first, and what it has taken makes room.
                var before = -1
                try await eventually("an offer is refused, and the kernel takes no more") {
                    try await Task.sleep(for: .milliseconds(300))
                    while connection.offer(frames) { offered += 1 }
                    defer { before = offered }
                    return before == offered && connection.queuedBytes > limit - 20_000
                }
                #expect(connection.queuedBytes <= limit)
                #expect(WebSocketConnection.offer(frames, to: [connection]).count == 1)

                try await RawClient.withSocket(server) { other in
                    try await other.sendText("others go on")
                    #expect(try await other.frame().text == "others go on")
                }

                let waiting = Task { await connection.drained(below: 1_000_000_000) }
                await waiting.value
                let cancelled = Task { await connection.drained(below: 1) }
                cancelled.cancel()
                await cancelled.value

                #expect(try await client.frame().text == "slow")
                for _ in 0..<offered { #expect(try await client.frame().payload.readableBytes == 10_000) }
                await connection.drained(below: 1)
                #expect(connection.queuedBytes == 0)
                #expect(connection.offer(frames))
                #expect(try await client.frame().payload.readableBytes == 10_000)
            }
        }
    }

    @Test("a reader that never reads is closed with 4008 within the time for closing")
    func stuckReader() async throws {
        let frames = WebSocketFrames(binary: ByteBuffer(repeating: 1, count: 100_000))
        let ended = Mutex(false)
        try await TestServer.with(
            .init(closeLimit: .milliseconds(200)),
            handler: { connection in
                while connection.offer(frames) {}
                await connection.close(.tooSlow, reason: "read faster")
                #expect(connection.closeCode == .tooSlow)
                #expect(connection.offer(frames) && connection.queuedBytes == 0)
                ended.withLock { $0 = true }
            }
        ) { server in
            try await RawClient.withSocket(server) { _ in
                try await eventually("the connection ends") { ended.withLock { $0 } }
            }
        }
    }

    @Test("while nobody takes the messages, nothing is read; then all of them come in order")
    func backpressure() async throws {
        let go = Mutex(false)
        let seen = Mutex<[Int]>([])
        let sent = Count()
        // More than kernels hold for a connection, which may be 36 MiB.
        let count = 1_000
        try await TestServer.with(handler: { connection in
            while !go.withLock({ $0 }) { try? await Task.sleep(for: .milliseconds(5)) }
            for await message in connection.messages {
                if case .text(let text) = message { seen.withLock { $0.append(Int(text.prefix(8)) ?? -1) } }
            }
        }) { server in
            try await RawClient.withSocket(server) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let padding = String(repeating: "x", count: 60_000)
                    group.addTask {
                        for number in 0..<count {
                            try await client.sendText(String(10_000_000 + number) + padding)
                            sent.number.withLock { $0 += 1 }
                        }
                    }
                    var last = -1
                    try await eventually("the sender stands still") {
                        try await Task.sleep(for: .milliseconds(300))
                        defer { last = sent.number.withLock { $0 } }
                        return last == sent.number.withLock { $0 }
                    }
                    #expect(sent.number.withLock { $0 } < count)
                    go.withLock { $0 = true }
                    try await group.waitForAll()
                }
                try await eventually("all have come") { seen.withLock { $0.count == count } }
                #expect(seen.withLock { $0 } == (0..<count).map { 10_000_000 + $0 })
            }
        }
    }

    @Test("frames that many tasks offer arrive whole, each task's in its order")
    func order() async throws {
        try await TestServer.with(handler: { connection in
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<4 {
                    group.addTask {
                        for number in 0..<500 { _ = connection.offer(WebSocketFrames(text: "\(task) \(number)")) }
                    }
                }
            }
            await connection.close(.normal, reason: "done")
        }) { server in
            try await RawClient.withSocket(server) { client in
                var next = [0, 0, 0, 0]
                for _ in 0..<2_000 {
                    let parts = try await client.frame().text.split(separator: " ").compactMap { Int($0) }
                    #expect(next[parts[0]] == parts[1])
                    next[parts[0]] += 1
                }
                #expect(try await client.frame().closeCode == 1_000)
                try await client.sendClose(1_000)
                try await client.untilEnd()
            }
        }
    }

    @Test("broadcasts reach everybody once and in order, with what is offered to one alone between them")
    func broadcast() async throws {
        let listeners = Mutex<[WebSocketConnection]>([])
        let (count, messages) = (10, 300)
        try await TestServer.with(handler: { connection in
            listeners.withLock { $0.append(connection) }
            for await _ in connection.messages {}
        }) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<count {
                    group.addTask {
                        try await RawClient.withSocket(server) { client in
                            for number in 0..<messages {
                                let frame = try await client.frame()
                                #expect(frame.text == "\(number)")
                            }
                        }
                    }
                }
                try await eventually("all listen") { listeners.withLock { $0.count == count } }
                let everybody = listeners.withLock { $0 }
                for number in 0..<messages {
                    let frames = WebSocketFrames(text: "\(number)")
                    if number % 7 == 3 {
                        for connection in everybody { #expect(connection.offer(frames)) }
                    } else {
                        #expect(WebSocketConnection.offer(frames, to: everybody).isEmpty)
                    }
                    if number % 50 == 0 { await Task.yield() }
                }
                try await group.waitForAll()
            }
            // A client can have its bytes before the server knows that they are gone.
            try await eventually("nothing waits") { listeners.withLock { $0.allSatisfy { $0.queuedBytes == 0 } } }
        }
    }
}

/// A number that tasks share.
private final class Count: Sendable {
    let number = Mutex(0)
}
