import Model
import Synchronization

/// One client, as the streams see it: takes frames without ever making them wait.
final class LiveReader: Sendable {
    let transport: any LiveTransport
    /// Rung when something was withheld.
    let withheld = Bell()
    private let state = Mutex(ReaderState())

    init(_ transport: any LiveTransport) {
        self.transport = transport
    }

    /// Sends events.
    ///
    /// - Returns: how many of them; the others must wait for ``ReaderState/Action/catchUp``.
    func offer(_ frames: [LiveFrame]) -> Int {
        let (count, action) = state.withLock { state -> (Int, ReaderState.Action) in
            guard state.takesEvents else { return (0, .nothing) }
            let count = frames.firstIndex { !transport.offer($0) } ?? frames.count
            return (count, state.offered(accepted: count == frames.count, queued: transport.queuedBytes))
        }
        if action == .awaitDrain { withheld.ring() }
        return count
    }

    /// Sends a report of progress, unless much waits already.
    func offer(progress frame: LiveFrame) -> Bool {
        guard state.withLock({ $0.takesProgress }) else { return false }
        return offer([frame]) == 1
    }

    /// Sends what may not be left out; without room for it the client is lost.
    func send(_ frame: LiveFrame) {
        let action = state.withLock { state -> ReaderState.Action in
            transport.offer(frame) ? .nothing : state.lost()
        }
        if action == .close { withheld.ring() }
    }

    /// Whether events may go out now.
    var takesEvents: Bool { state.withLock { $0.takesEvents } }

    /// Whether nothing more goes out, because the client takes nothing.
    var isLost: Bool { state.withLock { $0.phase == .over } }

    /// How much waits for it, if there is no room for more; what ``stalled(since:)`` compares with.
    var backlog: Int? { state.withLock { $0.phase == .full ? transport.queuedBytes : nil } }

    func drained() -> ReaderState.Action { state.withLock { $0.drained() } }
    func stalled(since backlog: Int?) -> ReaderState.Action {
        state.withLock { $0.stalled(queued: transport.queuedBytes, before: backlog) }
    }
}
