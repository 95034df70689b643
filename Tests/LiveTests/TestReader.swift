import Endpoints
import Foundation
import Logging
import Model
import NIOCore
import Synchronization
import Testing

@testable import Live

/// Who listens in the tests; the test decides what they may.
final class TestCaller: LiveCaller {
    let workspace: WorkspaceID
    private let refusal = Mutex<Problem?>(nil)
    private let performed = Mutex<[LiveCommand]>([])

    init(_ workspace: WorkspaceID) {
        self.workspace = workspace
    }

    func refuse(_ problem: Problem?) { refusal.withLock { $0 = problem } }
    var commands: [LiveCommand] { performed.withLock { $0 } }

    func checkListening() async throws {
        if let problem = refusal.withLock({ $0 }) { throw problem }
    }

    func perform(_ command: LiveCommand) async throws -> LiveOutcome {
        performed.withLock { $0.append(command) }
        return LiveOutcome(status: 202, data: command.body ?? .emptyObject)
    }

    func refusal(_ error: any Error) -> LiveOutcome {
        let problem = error as? Problem ?? Problem(.internalError, "\(error)")
        return LiveOutcome(status: problem.kind.status, data: JSONText(trusted: #"{"title":"\#(problem.kind.name)"}"#))
    }
}

/// A connection in memory with room for so many bytes, whose other end the test reads.
final class TestTransport: LiveTransport {
    private struct State {
        var frames: [LiveFrame] = []
        var bytes = 0
        var total = 0
        var drains: [(below: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var isOver = false
    }

    let limit: Int
    private let state = Mutex(State())
    private let arrivals = Bell()

    init(limit: Int = 1_048_576) {
        self.limit = limit
    }

    func offer(_ frame: LiveFrame) -> Bool {
        let taken = state.withLock { state in
            guard state.bytes == 0 || state.bytes + frame.json.readableBytes <= limit else { return false }
            state.frames.append(frame)
            state.bytes += frame.json.readableBytes
            state.total += 1
            return true
        }
        if taken { arrivals.ring() }
        return taken
    }

    var queuedBytes: Int { state.withLock { $0.bytes } }
    var isOver: Bool { state.withLock { $0.isOver } }
    /// How many frames were ever taken.
    var total: Int { state.withLock { $0.total } }

    func drained(below bytes: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDrained = state.withLock { state in
                    if state.bytes < bytes || state.isOver || Task.isCancelled { return true }
                    state.drains.append((bytes, continuation))
                    return false
                }
                if isDrained { continuation.resume() }
            }
        } onCancel: {
            wakeThoseWhoWaitForRoom()
        }
    }

    /// The next frame; nil after the end.
    func next() async -> LiveFrame? {
        while true {
            let (frame, woken) = state.withLock { state -> (LiveFrame?, [CheckedContinuation<Void, Never>]) in
                guard !state.frames.isEmpty else { return (nil, []) }
                let frame = state.frames.removeFirst()
                state.bytes -= frame.json.readableBytes
                let woken = state.drains.filter { state.bytes < $0.below }
                state.drains.removeAll { state.bytes < $0.below }
                return (frame, woken.map(\.continuation))
            }
            for continuation in woken { continuation.resume() }
            if let frame { return frame }
            guard await arrivals.wait() else { return nil }
        }
    }

    /// The session is over.
    func end() {
        state.withLock { $0.isOver = true }
        wakeThoseWhoWaitForRoom()
        arrivals.finish()
    }

    private func wakeThoseWhoWaitForRoom() {
        let woken = state.withLock { state in
            defer { state.drains = [] }
            return state.drains
        }
        for (_, continuation) in woken { continuation.resume() }
    }
}

/// One live session in memory, as a client sees it.
struct TestClient: Sendable {
    let transport: TestTransport
    private let toServer: AsyncStream<String>.Continuation

    /// Runs `body` as the client of a session; returns how the session was closed.
    @discardableResult
    static func with(
        _ hub: LiveHub, _ caller: TestCaller, limit: Int = 1_048_576, patience: Duration = .seconds(30),
        stopping: @escaping @Sendable () async -> Duration? = {
            try? await Task.sleep(for: .seconds(3_600)); return nil
        },
        _ body: @escaping @Sendable (TestClient) async throws -> Void
    ) async throws -> LiveClose {
        let transport = TestTransport(limit: limit)
        let (messages, toServer) = AsyncStream.makeStream(of: String.self)
        let session = LiveSession(
            hub: hub, caller: caller, transport: transport, patience: patience, glance: .milliseconds(20))
        return try await withThrowingTaskGroup(of: LiveClose?.self) { group in
            group.addTask {
                let close = await session.run(messages, stopping: stopping)
                transport.end()
                return close
            }
            group.addTask {
                defer { toServer.finish() }
                try await body(TestClient(transport: transport, toServer: toServer))
                return nil
            }
            var close: LiveClose?
            for try await ended in group { close = ended ?? close }
            return try #require(close)
        }
    }

    func send(_ text: String) { toServer.yield(text) }
    func leave() { toServer.finish() }

    func subscribe(_ stream: LiveStreamName, after position: String? = nil) {
        let parts = position?.split(separator: ":") ?? []
        let start = parts.count == 2 ? #","epoch":"\#(parts[0])","seq":\#(parts[1])"# : ""
        send(#"{"type":"subscribe","id":"s","stream":"\#(stream)"\#(start)}"#)
    }

    func next() async throws -> Message {
        let frame = await transport.next()
        return try JSONDecoder().decode(Message.self, from: Data(#require(frame, "the session ended").text.utf8))
    }

    /// Reads the next message, of which something is expected.
    func expect(
        _ isAsExpected: (Message) -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let message = try await next()
        #expect(isAsExpected(message), "the message was \(message)", sourceLocation: sourceLocation)
    }

    /// The messages up to the first that matches, that one included.
    func messages(until matches: (Message) -> Bool) async throws -> [Message] {
        var messages: [Message] = []
        while true {
            messages.append(try await next())
            if let last = messages.last, matches(last) { return messages }
        }
    }
}

/// Any message of the server.
struct Message: Decodable, Sendable {
    var type: String
    var id: String?
    var status: Int?
    var stream: String?
    var epoch: String?
    var seq: Int64?
    var data: JSONTree?
    var problem: JSONTree?
    var afterMilliseconds: Int?

    private enum CodingKeys: String, CodingKey {
        case type, id, status, stream, epoch, seq, data, problem
        case afterMilliseconds = "after_ms"
    }

    /// The content of a line of a log.
    var line: String? {
        if case .string(let text)? = data?["message"] { text } else { nil }
    }
    var recovered: Bool? { data?["recovered"].map { $0 == true } }
    /// Where the answer to a subscription says that the stream is, with its numbering.
    var place: String? {
        if case .string(let epoch)? = data?["epoch"], let start { "\(epoch):\(start)" } else { nil }
    }
    /// The number in it.
    var start: Int64? {
        if case .integer(let seq)? = data?["seq"] { seq } else { nil }
    }
}

/// A hub that runs while `body` does.
func withHub(
    _ journal: ScriptedJournal, linger: Duration = .seconds(60),
    _ body: @escaping @Sendable (LiveHub) async throws -> Void
) async throws {
    let hub = LiveHub(
        reading: journal, descriptions: journal.descriptions, linger: linger,
        logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await hub.run() }
        defer { group.cancelAll() }
        try await body(hub)
    }
}
