import Model
import Synchronization

/// Something that everybody who watches should know: the database is away, the server restarts.
package struct LiveNotice: Hashable, Sendable, Encodable {
    /// How much it matters.
    package enum Level: String, Hashable, Sendable, Codable, CaseIterable { case info, warning }

    package let level: Level
    /// What it is, for programs: `server-stopping`.
    package let code: String
    /// The same in English for people.
    package let message: String

    package init(_ level: Level, code: String, message: String) {
        self.level = level
        self.code = code
        self.message = message
    }
}

/// What this server tells everybody.
final class NoticeSource: LiveSource {
    private struct State {
        var kept: [LiveNotice] = []
        var fresh: [LiveNotice] = []
        /// How many there were that nobody is told of as new any more.
        var seq: Int64 = 0
    }

    /// More than these are forgotten, the oldest first.
    private static let capacity = 20

    private let epoch: String
    private let state = Mutex(State())

    init(epoch: String) {
        self.epoch = epoch
    }

    func add(_ notice: LiveNotice) {
        state.withLock { state in
            state.kept = (state.kept + [notice]).suffix(Self.capacity)
            state.fresh = (state.fresh + [notice]).suffix(Self.capacity)
        }
    }

    /// Whoever adds one rings the bell.
    func listen(_ bell: Bell) async {}

    func look(_ stream: LiveStream) async throws -> ContinuousClock.Instant? {
        let isNew = stream.position.epoch != epoch
        let (notices, end) = state.withLock { state in
            defer { state.fresh = [] }
            state.seq += Int64(state.fresh.count)
            return (isNew ? [] : state.fresh, state.seq)
        }
        // A stream that was closed meanwhile begins again under the same epoch, with its numbers going on.
        if isNew { stream.open(StreamState(epoch: epoch, seq: end)) }
        var seq = end - Int64(notices.count)
        stream.publish(
            try notices.map { notice in
                seq += 1
                return .event(
                    "system:notification", of: .system, epoch: epoch, seq: seq, at: .now,
                    data: try JSONText(encoding: notice))
            })
        return nil
    }

    func snapshot(of stream: LiveStream) async throws -> LiveSnapshot {
        let position = stream.position
        return LiveSnapshot(
            position: position, data: try JSONText(encoding: ["items": state.withLock { $0.kept }]))
    }
}
