import NIOCore
import Testing

@testable import RedisStore

@Suite("Pipeline of commands")
struct CommandPipelineTests {
    private let ping = RedisCommand("PING")
    private let now = NIODeadline.uptimeNanoseconds(7)

    @Test("replies go to callers in the order of their commands")
    func order() {
        var pipeline = CommandPipeline<String>(commandLimit: 10, byteLimit: 1_000)
        #expect(pipeline.admit([ping, ping], "a", now: now) == .accepted(number: 0, mustWrite: true))
        #expect(pipeline.admit([ping], "b", now: now) == .accepted(number: 1, mustWrite: false))
        #expect(String(buffer: pipeline.takeUnwritten()) == String(repeating: "*1\r\n$4\r\nPING\r\n", count: 3))
        #expect(pipeline.takeUnwritten().readableBytes == 0)
        #expect(pipeline.admit([ping], "c", now: now) == .accepted(number: 2, mustWrite: true))
        var done: [String] = []
        for number in 1...4 {
            if case .done(let call) = pipeline.receive(.integer(Int64(number))) {
                done.append("\(call.waiter ?? "-")\(call.replies.compactMap(\.integer))")
            }
        }
        #expect(done == ["a[1, 2]", "b[3]", "c[4]"])
        guard case .unexpected = pipeline.receive(.null) else {
            Issue.record("a reply that nobody asked for")
            return
        }
    }

    @Test("commands and bytes beyond the bounds are refused, and room comes with the replies")
    func bounds() {
        var pipeline = CommandPipeline<Int>(commandLimit: 3, byteLimit: 60)
        #expect(pipeline.admit([ping, ping, ping, ping], 0, now: now) == .tooLarge)
        #expect(
            pipeline.admit([RedisCommand("ECHO", .text(String(repeating: "a", count: 60)))], 0, now: now) == .tooLarge)
        #expect(pipeline.admit([ping, ping], 1, now: now) == .accepted(number: 0, mustWrite: true))
        #expect(pipeline.admit([ping, ping], 2, now: now) == .full)
        #expect(pipeline.admit([RedisCommand("ECHO", .text(String(repeating: "a", count: 30)))], 3, now: now) == .full)
        #expect(pipeline.admit([ping], 4, now: now) == .accepted(number: 1, mustWrite: false))
        #expect(pipeline.takeUnwritten().readableBytes == 42)
        _ = pipeline.receive(.null)
        _ = pipeline.receive(.null)
        #expect(pipeline.commandCount == 1)
        #expect(pipeline.admit([ping, ping], 5, now: now) == .accepted(number: 2, mustWrite: true))
    }

    @Test("a caller that left gets nothing, and those behind it get their own replies")
    func abandoning() {
        var pipeline = CommandPipeline<Int>(commandLimit: 10, byteLimit: 1_000)
        for waiter in 0..<3 { _ = pipeline.admit([ping], waiter, now: now) }
        #expect(pipeline.abandon(1) == 1)
        #expect(pipeline.abandon(1) == nil)
        #expect(pipeline.abandon(9) == nil)
        var waiters: [Int?] = []
        for _ in 0..<3 { if case .done(let call) = pipeline.receive(.null) { waiters.append(call.waiter) } }
        #expect(waiters == [0, nil, 2])
        #expect(pipeline.abandon(0) == nil)
        #expect(pipeline.isEmpty)
    }

    @Test("at the end everybody is let go, and numbers are not used again")
    func ending() {
        var pipeline = CommandPipeline<Int>(commandLimit: 10, byteLimit: 1_000)
        for waiter in 0..<3 { _ = pipeline.admit([ping], waiter, now: now) }
        #expect(pipeline.oldest == now)
        #expect(pipeline.removeAll().map(\.waiter) == [0, 1, 2])
        #expect(pipeline.oldest == nil)
        #expect(pipeline.admit([ping], 3, now: now) == .accepted(number: 3, mustWrite: true))
    }
}
