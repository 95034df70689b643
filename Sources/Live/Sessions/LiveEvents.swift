import Model
import NIOCore
import Synchronization

/// The events of one stream for a reader that takes them one by one: the answer to the subscription first, then what happens.
///
/// Nothing is kept for it but a bounded number of frames; what it does not take stays in the stream, and it ends with `resync`
/// when it is needed and kept no longer.
package struct LiveEvents: AsyncSequence, Sendable {
    package typealias Element = LiveFrame
    package typealias Failure = Never

    private let session: LiveSession
    private let transport: QueueTransport

    /// Subscribes.
    ///
    /// - Throws: `Problem` when there is no such stream.
    package init(
        _ name: LiveStreamName, after position: LivePosition?, hub: LiveHub, caller: any LiveCaller
    ) async throws {
        transport = QueueTransport()
        session = LiveSession(hub: hub, caller: caller, transport: transport)
        try await session.subscribe(name, after: position, for: "1")
    }

    /// What is there now, for a reader that asks again later.
    package func available() -> [LiveFrame] {
        var frames: [LiveFrame] = []
        var bytes = 0
        while bytes < Self.mostAtOnce, let frame = transport.take() {
            frames.append(frame)
            bytes += frame.json.readableBytes
            session.catchUpIfDrained()
        }
        return frames
    }

    /// How many bytes ``available()`` gives at once, or one frame more.
    private static let mostAtOnce = 1_048_576

    package func makeAsyncIterator() -> Iterator { Iterator(session: session, transport: transport) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let session: LiveSession
        fileprivate let transport: QueueTransport
        fileprivate var isOver = false

        package mutating func next(isolation actor: isolated (any Actor)?) async -> LiveFrame? {
            guard !isOver else { return nil }
            while true {
                if let frame = transport.take() {
                    session.catchUpIfDrained()
                    isOver = frame.type == "resync"
                    return frame
                }
                guard await transport.bell.wait() else { return nil }
            }
        }

        package mutating func next() async -> LiveFrame? { await next(isolation: nil) }
    }
}

/// Holds frames until somebody takes them.
final class QueueTransport: LiveTransport {
    private struct State {
        var frames: [LiveFrame] = []
        var taken = 0
        var bytes = 0
    }

    /// How many bytes may wait; a single frame may be longer.
    private static let limit = 131_072

    let bell = Bell()
    private let state = Mutex(State())

    func offer(_ frame: LiveFrame) -> Bool {
        let bytes = frame.json.readableBytes
        let accepted = state.withLock { state in
            guard state.bytes == 0 || state.bytes + bytes <= Self.limit else { return false }
            state.frames.append(frame)
            state.bytes += bytes
            return true
        }
        if accepted { bell.ring() }
        return accepted
    }

    func take() -> LiveFrame? {
        state.withLock { state in
            guard state.taken < state.frames.count else { return nil }
            let frame = state.frames[state.taken]
            state.taken += 1
            state.bytes -= frame.json.readableBytes
            if state.taken == state.frames.count {
                state.frames = []
                state.taken = 0
            }
            return frame
        }
    }

    var queuedBytes: Int { state.withLock { $0.bytes } }

    /// Never waited for: whoever takes a frame looks for what had to wait.
    func drained(below bytes: Int) async {}
}
