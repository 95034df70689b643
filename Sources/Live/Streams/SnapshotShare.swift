import Synchronization

/// One reading of a snapshot for all who ask at the same time or soon after: what happened since follows it as events.
final class SnapshotShare: Sendable {
    private struct State {
        var kept: (snapshot: LiveSnapshot, at: ContinuousClock.Instant)?
        var underWay: Task<LiveSnapshot, any Error>?
    }

    /// How old a snapshot may be.
    private static let freshness: Duration = .milliseconds(500)

    private let state = Mutex(State())

    /// A snapshot that is at most half a second old and that the stream's events follow.
    func snapshot(of stream: LiveStream) async throws -> LiveSnapshot {
        let (kept, task) = state.withLock { state -> (LiveSnapshot?, Task<LiveSnapshot, any Error>?) in
            if let kept = state.kept, kept.at + Self.freshness > .now, stream.follows(kept.snapshot.position) {
                return (kept.snapshot, nil)
            }
            // Awaited by everybody who asks; of its own, so that it outlives the one who asked first.
            let task = state.underWay ?? Task { try await self.read(stream) }
            state.underWay = task
            return (nil, task)
        }
        if let kept { return kept }
        guard let task else { throw LiveHub.stopping }
        return try await task.value
    }

    private func read(_ stream: LiveStream) async throws -> LiveSnapshot {
        defer { state.withLock { $0.underWay = nil } }
        let started = ContinuousClock.now
        let snapshot = try await stream.source.snapshot(of: stream)
        state.withLock { $0.kept = (snapshot, started) }
        return snapshot
    }
}
