import Model
import Synchronization

/// One stream in this process: what it keeps, who listens, and whether anybody still does.
final class LiveStream: Sendable {
    let name: LiveStreamName
    let workspace: WorkspaceID
    let source: any LiveSource
    let snapshots = SnapshotShare()
    /// Rung when the source should look again; ends when the stream is closed.
    let bell = Bell()

    private enum Opening {
        case waiting([CheckedContinuation<Void, any Error>])
        case open
        case failed(any Error)
    }

    private struct State {
        var opening = Opening.waiting([])
        var events = StreamState(epoch: "0")
        var next = 0
        var subscribers: [Int: LiveSubscription] = [:]
        /// Who has it open, subscribed or about to be.
        var holders = 0
        var idleSince: ContinuousClock.Instant?
        var closed = false
        /// Nothing comes any more.
        var hasEnded = false
    }

    private let state = Mutex(State())

    init(_ name: LiveStreamName, in workspace: WorkspaceID, from source: any LiveSource) {
        self.name = name
        self.workspace = workspace
        self.source = source
    }

    // MARK: For its source

    /// Begins with what is known after the first reading.
    func open(_ events: StreamState) {
        let waiting = state.withLock { state in
            state.events = events
            defer { state.opening = .open }
            if case .waiting(let waiting) = state.opening { return waiting }
            return []
        }
        for continuation in waiting { continuation.resume() }
    }

    /// The first reading failed: whoever waits is told why, and whoever comes until the next.
    func fail(_ error: any Error) {
        let waiting: [CheckedContinuation<Void, any Error>] = state.withLock { state in
            switch state.opening {
            case .open: return []
            case .failed: break
            case .waiting(let waiting):
                state.opening = .failed(error)
                return waiting
            }
            state.opening = .failed(error)
            return []
        }
        for continuation in waiting { continuation.resume(throwing: error) }
    }

    /// The number of the last event.
    var position: LivePosition { state.withLock { $0.events.position } }

    /// Adds events and hands them to everybody who listens.
    func publish(_ frames: [LiveFrame]) {
        guard !frames.isEmpty else { return }
        let subscribers = state.withLock { state in
            for frame in frames { if let position = frame.position { state.events.append(frame, seq: position.seq) } }
            return Array(state.subscribers.values)
        }
        for subscriber in subscribers { subscriber.pump(frames) }
    }

    /// Replaces the report of progress; nil when there is no progress any more.
    func publish(tick frame: LiveFrame?) {
        let subscribers = state.withLock { state in
            guard frame != nil || state.events.tick != nil else { return [LiveSubscription]() }
            state.events.replace(tick: frame)
            return frame == nil ? [] : Array(state.subscribers.values)
        }
        for subscriber in subscribers { subscriber.pump() }
    }

    /// Begins anew under another numbering: everybody who listens has missed something and is told to subscribe again, which
    /// begins with a snapshot. The numbers go on, so that none of them means two things.
    func restart(epoch: String) {
        let (subscribers, position) = state.withLock { state in
            state.events = StreamState(epoch: epoch, seq: state.events.seq)
            defer { state.subscribers = [:] }
            return (Array(state.subscribers.values), state.events.position)
        }
        for subscriber in subscribers { subscriber.end(at: position) }
    }

    /// Ends every subscription: what is listened to is gone.
    func end() {
        let (subscribers, position) = state.withLock { state in
            defer { state.subscribers = [:] }
            state.hasEnded = true
            return (Array(state.subscribers.values), state.events.position)
        }
        for subscriber in subscribers { subscriber.end(at: position) }
    }

    // MARK: For those who listen

    /// Waits for the first reading.
    ///
    /// - Throws: why it failed.
    func opened() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let result: Result<Void, any Error>? = state.withLock { state in
                switch state.opening {
                case .open: return .success(())
                case .failed(let error): return .failure(error)
                case .waiting(let waiting):
                    guard !state.closed else { return .failure(LiveHub.stopping) }
                    state.opening = .waiting(waiting + [continuation])
                    return nil
                }
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// What comes after a number, and the latest report of progress that the reader has not seen.
    func next(after seq: Int64, limit: Int) -> StreamState.Next {
        state.withLock { $0.events.next(after: seq, limit: limit) }
    }

    func tick(after seen: Int) -> (LiveFrame, number: Int)? {
        state.withLock { state in
            guard let tick = state.events.tick, state.events.ticks > seen else { return nil }
            return (tick, state.events.ticks)
        }
    }

    /// Whether a reader with this position can go on without a snapshot.
    func covers(_ position: LivePosition) -> Bool { state.withLock { $0.events.covers(position) } }

    /// Whether the events after a snapshot's position are kept.
    func follows(_ position: LivePosition) -> Bool {
        state.withLock { state in
            guard position.epoch == state.events.epoch else { return false }
            if case .lost = state.events.next(after: position.seq, limit: 1) { return false }
            return true
        }
    }

    /// Hands it everything that comes from now on; nil when nothing comes any more, or under another epoch than that of the
    /// position that the reader was told.
    func add(_ subscription: LiveSubscription, epoch: String) -> Int? {
        state.withLock { state in
            guard !state.hasEnded, state.events.epoch == epoch else { return nil }
            state.next += 1
            state.subscribers[state.next] = subscription
            return state.next
        }
    }

    func remove(_ number: Int) { state.withLock { _ = $0.subscribers.removeValue(forKey: number) } }

    var subscriberCount: Int { state.withLock { $0.subscribers.count } }

    // MARK: For the hub

    func hold() {
        state.withLock { state in
            state.holders += 1
            state.idleSince = nil
        }
    }

    func release() {
        let isIdle = state.withLock { state in
            state.holders -= 1
            if state.holders == 0 { state.idleSince = .now }
            return state.holders == 0
        }
        if isIdle { bell.ring() }
    }

    /// Since when nobody has it open; nil while somebody has.
    var idleSince: ContinuousClock.Instant? { state.withLock { $0.idleSince } }

    /// Closes it if nobody has it open. The hub's lock is held, so nobody opens it meanwhile.
    func closeIfIdle() -> Bool {
        let closes = state.withLock { state in
            guard state.holders == 0 else { return false }
            state.closed = true
            return true
        }
        if closes { bell.finish() }
        return closes
    }

    /// Closes it for everybody, because the hub ends.
    func close() {
        state.withLock { $0.closed = true }
        fail(LiveHub.stopping)
        end()
        bell.finish()
    }
}
